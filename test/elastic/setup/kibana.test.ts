import { describe, expect, test } from "bun:test";
import type { AssetSettings } from "../../../src/elastic/asset.ts";
import { PRINTED } from "../../../src/elastic/flavour.ts";
import { ownNames } from "../../../src/elastic/kibana/object.ts";
import { savedObjects } from "../../../src/elastic/kibana/objects.ts";
import { alertRules, kibanaRule } from "../../../src/elastic/kibana/rules.ts";
import { createRule, importObjects, kibanaFacts } from "../../../src/elastic/setup/kibana-client.ts";
import { printedRequests } from "../../../src/elastic/setup/print.ts";
import { parseStreamName } from "../../../src/elastic/stream-name.ts";
import { DEFAULT_INDEX } from "../../../src/exporter/elasticsearch/options.ts";
import { Cluster } from "../../../src/lib/elasticsearch/cluster.ts";
import { type KibanaStandIn, startKibana } from "./kibana.ts";

const NAME = parseStreamName(DEFAULT_INDEX);
const client = ({ url }: KibanaStandIn) =>
  new Cluster({ hosts: [url], timeoutMs: 5000, credentials: { apiKey: "i:k" } });

describe("kibanaFacts()", () => {
  test.each([
    ["7.17.28", "kbn-xsrf", { reader: "opensearch-dashboards", isKibana: true }],
    ["8.7.0", "kbn-xsrf", { reader: "opensearch-dashboards", isKibana: true }],
    ["8.8.0", "kbn-xsrf", { reader: "kibana", isKibana: true }],
    ["9.1.0", "kbn-xsrf", { reader: "kibana", isKibana: true }],
    ["2.19.0", "osd-xsrf", { reader: "opensearch-dashboards", isKibana: false }],
    ["3.4.0", "osd-xsrf", { reader: "opensearch-dashboards", isKibana: false }],
  ] as const)("%s reads what it can", async (version, header, expected) => {
    using kibana = startKibana(version, header);
    expect(await kibanaFacts(client(kibana))).toEqual({ ...expected, version });
  });
});

describe("importObjects()", () => {
  test.each([
    ["kbn-xsrf", "9.1.0", "kibana"],
    ["osd-xsrf", "2.19.0", "opensearch-dashboards"],
  ] as const)(
    "with %s: all objects are there once, stay as they are the second time, and are written over when asked to",
    async (header, version, reader) => {
      using kibana = startKibana(version, header);
      const objects = savedObjects(ownNames(NAME), reader);
      const all = objects.length;
      expect(await importObjects(client(kibana), objects, false)).toEqual({
        imported: all,
        kept: 0,
        problems: [],
      });
      expect(kibana.objects.size).toBe(all);
      expect(await importObjects(client(kibana), objects, false)).toEqual({
        imported: 0,
        kept: all,
        problems: [],
      });
      expect(await importObjects(client(kibana), objects, true)).toEqual({
        imported: all,
        kept: 0,
        problems: [],
      });
      expect(kibana.problems).toEqual([]);
    },
  );
});

describe("rules", () => {
  test("each is made once, and names fields only that the index has", async () => {
    using kibana = startKibana("9.1.0", "kbn-xsrf");
    for (const expected of [true, false]) {
      for (const rule of alertRules(NAME))
        expect(await createRule(client(kibana), rule.uuid, kibanaRule(rule))).toBe(expected);
    }
    expect([...kibana.rules.values()].map(({ name }) => name)).toEqual([
      "Tetragon: agent restarted",
      "Tetragon: version of an agent changed",
      "Tetragon: agent is silent",
    ]);
    const asked = alertRules(NAME).flatMap(
      ({ esql }) => esql.match(/\b(?:event|agent|host)\.\w+|@timestamp/g)!,
    );
    expect([...new Set(asked)].sort()).toEqual(["@timestamp", "agent.version", "event.action", "host.name"]);
  });
});

describe("printedRequests()", () => {
  const settings: AssetSettings = { name: NAME, retentionDays: 7, hasOriginal: false };

  test.each([
    ["elasticsearch", /^PUT \/_ilm\/policy\/logs-tetragon\.log$/m, "7d", "kbn:/api/alerting/rule/"],
    [
      "opensearch",
      /^PUT \/_plugins\/_ism\/policies\/logs-tetragon\.log$/m,
      "7d",
      "/_plugins/_alerting/monitors",
    ],
  ] as const)("for %s has its lifecycle policy and its rules, each body JSON", (who, policy, days, rules) => {
    const text = printedRequests(settings, who, true);
    expect(text).toMatch(policy);
    expect(text).toContain(`"${days}"`);
    expect(text.split(rules)).toHaveLength(4);
    for (const request of text.split(/^(?=(?:PUT|POST) )/m)) {
      const body = request.slice(request.indexOf("\n")).trim();
      if (body !== "") expect(() => JSON.parse(body)).not.toThrow();
    }
    expect(PRINTED[who].hasDataStreams).toBe(true);
  });

  test("an agent that copies events gets an index that takes copies, and a policy of no days keeps all", () => {
    const text = printedRequests(
      { ...settings, hasOriginal: true, retentionDays: 0 },
      "elasticsearch",
      false,
    );
    expect(text).not.toContain('"alias"');
    expect(text).not.toContain('"delete"');
  });
});
