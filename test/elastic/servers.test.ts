/**
 * @module What `tetrad elastic` does, on a real OpenSearch and a real Elasticsearch 7.17: `npm run acceptance -- elastic` fetches
 * them, and draws the charts of the docs.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { expectedDocument, testLines } from "../../scripts/generate/elastic/pipeline-tests.ts";
import type { AssetSettings, Json } from "../../src/elastic/asset.ts";
import { assets } from "../../src/elastic/assets.ts";
import type { Flavour } from "../../src/elastic/flavour.ts";
import { chartRows, chartSearch } from "../../src/elastic/kibana/chart-query.ts";
import { allCharts } from "../../src/elastic/kibana/dashboards.ts";
import { alertRules } from "../../src/elastic/kibana/rules.ts";
import { SEARCHES } from "../../src/elastic/kibana/searches.ts";
import { mappedFields } from "../../src/elastic/mapping/fields.ts";
import { bring } from "../../src/elastic/setup/bring.ts";
import { flavourOf } from "../../src/elastic/setup/flavour-of.ts";
import { setup } from "../../src/elastic/setup/setup.ts";
import { parseStreamName } from "../../src/elastic/stream-name.ts";
import { DEFAULT_INDEX } from "../../src/exporter/elasticsearch/options.ts";
import { Cluster } from "../../src/lib/elasticsearch/cluster.ts";
import { missingForOpenSearch, type OpenSearchPeer, startOpenSearch } from "../peers/open-search.ts";
import { demoEvents } from "./demo-events.ts";
import { indexEvents } from "./index-events.ts";
import { toQuery } from "./kuery.ts";

const NAME = parseStreamName(DEFAULT_INDEX);
const SETTINGS: AssetSettings = { name: NAME, retentionDays: 30, hasOriginal: false };
const SEARCH = `/${NAME.pattern}/_search`;
const SERVERS = ["opensearch", "elasticsearch"] as const;

for (const server of SERVERS) {
  const missing = missingForOpenSearch(server);
  /** The core of Elasticsearch has no data streams, no processors and no scripts. */
  const isWhole = server === "opensearch";
  const title = `tetrad elastic on ${server}${missing === undefined ? "" : ` (${missing})`}`;
  describe.skipIf(missing !== undefined)(title, () => {
    let peer: OpenSearchPeer;
    let cluster: Cluster;
    let flavour: Flavour;
    const bringing = (more: object = {}) => ({
      cluster,
      version: "v1",
      isDryRun: false,
      isForced: false,
      ...more,
    });
    const run = async (more: object = {}) => {
      const outcomes: string[] = [];
      await setup(
        { ...SETTINGS, ...bringing(more), flavour, kibana: undefined, hasRules: false, isRolledOver: false },
        ({ outcome }) => outcomes.push(outcome),
      );
      return outcomes;
    };
    const assetOf = (end: string) =>
      assets(SETTINGS, flavour).find(({ name, kind }) => `${kind} ${name}`.endsWith(end))!;
    const count = async (filter: Json) => {
      const { hits } = await cluster.json<{ hits: { total: { value: number } } }>("POST", SEARCH, {
        size: 0,
        track_total_hits: true,
        query: { bool: { filter: [filter] } },
      });
      return hits.total.value;
    };

    beforeAll(async () => {
      peer = await startOpenSearch(server);
      cluster = new Cluster({ hosts: [peer.url], timeoutMs: 60_000 });
      flavour = await flavourOf(cluster);
    });
    afterAll(() => peer?.stop());

    test("it finds out what the server has", () => {
      expect(flavour).toMatchObject({
        distribution: server,
        hasDataStreams: isWhole,
        lifecycle: "none",
        hasPipelineMeta: !isWhole,
      });
    });

    test("a dry run says what would be done, and does nothing", async () => {
      expect(await run({ isDryRun: true })).toEqual(Array(6).fill("would be created"));
      expect((await cluster.request({ path: `/${NAME.index}` })).status).toBe(404);
    });

    test("setup makes everything, and a second run finds it up to date", async () => {
      expect((await run()).filter((outcome) => !outcome.startsWith("left out"))).toEqual(
        Array(isWhole ? 6 : 5).fill("created"),
      );
      const again = await run();
      expect(again.filter((outcome) => outcome !== "up to date" && !outcome.startsWith("left out"))).toEqual([
        "there already, yours to change",
      ]);
    });

    test("another definition is written over our own, and stays ours", async () => {
      const longer = {
        ...assetOf("component template logs-tetragon.log@settings"),
        body: { template: { settings: { index: { refresh_interval: "7s" } } } },
      };
      expect(await bring(longer, bringing())).toBe("updated");
      expect(await bring(longer, bringing())).toBe("up to date");
      expect((await run()).filter((outcome) => outcome === "updated")).toHaveLength(1);
    });

    test.each([
      [
        "component template logs-tetragon.log@settings",
        (body: Json) => ({ ...body, template: { settings: { index: { refresh_interval: "9s" } } } }),
      ],
      ["index template logs-tetragon.log", (body: Json) => ({ ...body, priority: 333 })],
      ...(isWhole
        ? [["ingest pipeline logs-tetragon.log", (body: Json) => ({ ...body, processors: [] })] as const]
        : []),
    ] as const)(
      "%s that others have changed is left alone, and written over when asked to",
      async (end, change) => {
        const asset = assetOf(end);
        const before = asset.read(await cluster.json<Json>("GET", asset.path))!;
        await cluster.json("PUT", asset.path, change(before));
        expect(await bring(asset, bringing())).toBe("changed");
        expect((await run()).filter((outcome) => outcome.startsWith("changed by others"))).toHaveLength(1);
        expect(await bring(asset, bringing({ isForced: true }))).toBe("updated");
        expect(await bring(asset, bringing())).toBe("up to date");
      },
    );

    test("what others have made is left alone", async () => {
      const asset = {
        ...assetOf("component template logs-tetragon.log@settings"),
        name: "theirs",
        path: "/_component_template/theirs",
      };
      await cluster.json("PUT", asset.path, { template: { mappings: {} }, _meta: { managed_by: "fleet" } });
      const before = await cluster.json<Json>("GET", asset.path);
      expect(await bring(asset, bringing())).toBe("foreign");
      expect(await cluster.json<Json>("GET", asset.path)).toEqual(before);
    });

    test.if(isWhole)(
      "a data stream that was there before has another mapping: that is said, and a rollover brings ours",
      async () => {
        const early = parseStreamName("logs-early-default");
        await cluster.json("PUT", "/_index_template/generic", {
          index_patterns: ["logs-early-*"],
          priority: 1,
          data_stream: {},
        });
        expect(await indexEvents(cluster, early.index, testLines().slice(0, 1))).toEqual([]);
        const last = async (isRolledOver: boolean) => {
          let text = "";
          const all = {
            ...SETTINGS,
            name: early,
            ...bringing(),
            flavour,
            kibana: undefined,
            hasRules: false,
            isRolledOver,
          };
          await setup(all, ({ outcome }) => {
            text = outcome;
          });
          return text;
        };
        expect(await last(false)).toMatch(
          /^there already, and the mapping of its newest index is another one \(\d+ fields/,
        );
        expect(await last(true)).toStartWith("rolled over");
        expect(await last(true)).toBe("up to date");
      },
    );

    test("the users' own template is made once, and never touched again", async () => {
      const asset = assetOf("component template logs-tetragon.log@custom");
      await cluster.json("PUT", asset.path, { template: { settings: { index: { number_of_replicas: 0 } } } });
      expect(await bring(asset, bringing({ isForced: true }))).toBe("yours");
      expect(JSON.stringify(await cluster.json("GET", asset.path))).toContain("number_of_replicas");
    });

    test.if(isWhole)("the pipeline makes the encoder's documents of raw events", async () => {
      const lines = testLines();
      const docs = lines.map((message) => ({ _source: { message, "@timestamp": "2026-01-01T00:00:00Z" } }));
      const answer = await cluster.json<{ docs: { doc: { _source: Json } }[] }>(
        "POST",
        `/_ingest/pipeline/${NAME.base}/_simulate`,
        { docs },
      );
      expect(answer.docs.map(({ doc }) => sorted(doc._source))).toEqual(
        lines.map((line) => sorted(expectedDocument(line))),
      );
    });

    test.if(isWhole)(
      "the pipeline leaves documents of the encoder as they are, and says why it cannot map something",
      async () => {
        const ready = expectedDocument(testLines()[0]!);
        const docs = [
          { _source: ready },
          { _source: { message: "{" } },
          { _source: { message: '{"time":"x"}' } },
        ];
        const answer = await cluster.json<{
          docs: { doc: { _source: { event: Json; error?: { message: string[] } } } }[];
        }>("POST", `/_ingest/pipeline/${NAME.base}/_simulate`, { docs });
        const [same, ...broken] = answer.docs.map(({ doc }) => doc._source);
        expect(sorted(same as never)).toEqual(sorted(ready));
        for (const { event, error } of broken) {
          expect(event.kind).toBe("pipeline_error");
          expect(error!.message.join()).toMatch(
            /with tag (?:parse|document) in pipeline .* failed with message: /,
          );
        }
      },
    );

    describe("with a day of events in it", () => {
      const lines = demoEvents(Date.now());

      beforeAll(async () => {
        expect(await indexEvents(cluster, NAME.index, lines)).toEqual([]);
        expect(await count({ match_all: {} })).toBe(lines.length);
      });

      test("the mapping has every field, with the type that it is to have", async () => {
        const names = mappedFields().map(({ name }) => name);
        const { fields } = await cluster.json<{ fields: Record<string, Json> }>(
          "GET",
          `/${NAME.pattern}/_field_caps?fields=*`,
        );
        expect(names.filter((name) => fields[name] === undefined)).toEqual([]);
        expect(fields["event.original"]).toBeDefined();
        expect(fields["cilium_tetragon.log.process_exec.process.pod.pod_labels.app"]).toBeUndefined();
      });

      test.each([
        // As the document has it.
        ['data_stream.dataset : "tetragon.log"', lines.length],
        ["event.kind : pipeline_error", 4],
        ["event.original : *", lines.length],
      ] as const)("%s finds what it should", async (kql, expected) => {
        expect(await count(toQuery(kql))).toBe(expected);
      });

      test.each(Object.values(SEARCHES).map(({ title, query }) => [title, query] as const))(
        "search %s finds something",
        async (_, query) => {
          expect(await count(toQuery(query))).toBeGreaterThan(0);
        },
      );

      test.each(allCharts().map((chart) => [chart.id, chart] as const))(
        "chart %s shows something",
        async (_, chart) => {
          const answer = await cluster.json<Json>("POST", SEARCH, chartSearch(chart, [toQuery(chart.query)]));
          const rows = chartRows(chart, answer);
          expect(rows.length).toBeGreaterThan(0);
          expect(rows.some(({ numbers }) => numbers.some((number) => number > 0))).toBe(true);
        },
      );

      test.if(isWhole)("rules find a restart, another version, and silence", async () => {
        const hosts = async (i: number, query?: Json) => {
          const answer = await cluster.json<{ aggregations: { hosts: { buckets: { key: string }[] } } }>(
            "POST",
            SEARCH,
            query ?? alertRules(NAME)[i]!.search,
          );
          return answer.aggregations.hosts.buckets.map(({ key }) => key);
        };
        expect(await hosts(0)).toEqual([]);
        const now = new Date().toISOString();
        const start = (host: string, version: string) =>
          JSON.stringify({
            ...JSON.parse(testLines().at(-1)!),
            "@timestamp": now,
            hostname: host,
            tetragon_version: version,
          });
        await indexEvents(cluster, NAME.index, [start("db-1", "v9")]);
        expect(await hosts(0)).toEqual(["db-1"]);
        expect(await hosts(1)).toContain("db-1");
        expect(await hosts(2)).toEqual([]);
        const old = new Date(Date.now() - 3_600_000).toISOString();
        await indexEvents(cluster, NAME.index, [start("gone-1", "v0.1.0").replace(now, old)]);
        expect(await hosts(2)).toEqual(["gone-1"]);
      });
    });
  });
}

/** Keys in order, and lists of labels, of which neither has one. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value))
    return value.every((item) => typeof item === "string" && item.includes(":"))
      ? [...value].sort()
      : value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort()
      .map(([key, each]) => [key, sorted(each)]),
  );
}
