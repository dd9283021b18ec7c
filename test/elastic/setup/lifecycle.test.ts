import { describe, expect, test } from "bun:test";
import type { Json } from "../../../src/elastic/asset.ts";
import { PRINTED } from "../../../src/elastic/flavour.ts";
import { lifecyclePolicy } from "../../../src/elastic/lifecycle.ts";
import { bring } from "../../../src/elastic/setup/bring.ts";
import { parseStreamName } from "../../../src/elastic/stream-name.ts";
import { DEFAULT_INDEX } from "../../../src/exporter/elasticsearch/options.ts";
import { Cluster } from "../../../src/lib/elasticsearch/cluster.ts";

const NAME = parseStreamName(DEFAULT_INDEX);

/**
 * What the published APIs of policies do, which no server here has: Elasticsearch keeps what it is given and adds a version;
 * OpenSearch adds times, anew each time, and wants to be told which version is replaced.
 */
function startPolicies(kind: "ilm" | "ism") {
  let stored: Json | undefined;
  let sequence = 0;
  const answer = (): Json => {
    if (kind === "ilm")
      return {
        [NAME.base]: { version: sequence, modified_date: "2026-11-30", policy: stored, in_use_by: {} },
      };
    const template = (stored!.ism_template as Json[]).map((each) => ({
      ...each,
      last_updated_time: sequence * 1000,
    }));
    const policy = {
      policy_id: NAME.base,
      last_updated_time: sequence * 1000,
      schema_version: 21,
      error_notification: null,
      ...stored,
      ism_template: template,
    };
    return { _id: NAME.base, _version: sequence, _seq_no: sequence, _primary_term: 1, policy };
  };
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      const { searchParams } = new URL(request.url);
      if (request.method === "GET")
        return stored === undefined ? Response.json({}, { status: 404 }) : Response.json(answer());
      const isStale = stored !== undefined && searchParams.get("if_seq_no") !== String(sequence);
      if (kind === "ism" && isStale)
        return Response.json({ error: { type: "version_conflict_engine_exception" } }, { status: 409 });
      stored = ((await request.json()) as { policy: Json }).policy;
      sequence++;
      return Response.json({ acknowledged: true });
    },
  });
  return {
    cluster: new Cluster({ hosts: [`http://127.0.0.1:${server.port}`], timeoutMs: 5000 }),
    change: (change: (policy: Json) => Json) => {
      stored = change(stored!);
      sequence++;
    },
    [Symbol.dispose]: () => void server.stop(true),
  };
}

describe.each([
  ["ilm", "elasticsearch"],
  ["ism", "opensearch"],
] as const)("a lifecycle policy (%s)", (kind, who) => {
  const policy = (days: number) => lifecyclePolicy(NAME, PRINTED[who], days)!;
  const settings = (cluster: Cluster, isForced = false) => ({
    cluster,
    version: "v1",
    isDryRun: false,
    isForced,
  });

  test("is made once, is up to date then, and another retention replaces it", async () => {
    using server = startPolicies(kind);
    expect(await bring(policy(30), settings(server.cluster))).toBe("created");
    expect(await bring(policy(30), settings(server.cluster))).toBe("up to date");
    expect(await bring(policy(7), settings(server.cluster))).toBe("updated");
    expect(await bring(policy(7), settings(server.cluster))).toBe("up to date");
  });

  test("that others have changed is left alone, and written over when asked to", async () => {
    using server = startPolicies(kind);
    await bring(policy(30), settings(server.cluster));
    server.change((before) => ({ ...before, ...(kind === "ilm" ? { phases: {} } : { states: [] }) }));
    expect(await bring(policy(30), settings(server.cluster))).toBe("changed");
    expect(await bring(policy(30), settings(server.cluster, true))).toBe("updated");
    expect(await bring(policy(30), settings(server.cluster))).toBe("up to date");
  });

  test("that was there before is left alone", async () => {
    using server = startPolicies(kind);
    await server.cluster.json("PUT", "/x", {
      policy: kind === "ilm" ? { phases: {} } : { states: [], ism_template: [] },
    });
    expect(await bring(policy(30), settings(server.cluster))).toBe("foreign");
  });

  test("that was cut off while it was written is ours", async () => {
    using server = startPolicies(kind);
    await bring(policy(30), settings(server.cluster));
    server.change((before) =>
      kind === "ilm"
        ? { ...before, _meta: { ...(before._meta as Json), stored: "" } }
        : { ...before, description: String(before.description).replace(/ [0-9a-f]{16}\]$/, " -]") },
    );
    expect(await bring(policy(30), settings(server.cluster))).toBe("updated");
    expect(await bring(policy(30), settings(server.cluster))).toBe("up to date");
  });
});
