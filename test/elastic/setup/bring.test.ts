import { expect, test } from "bun:test";
import { assets } from "../../../src/elastic/assets.ts";
import { PRINTED } from "../../../src/elastic/flavour.ts";
import { bring } from "../../../src/elastic/setup/bring.ts";
import { parseStreamName } from "../../../src/elastic/stream-name.ts";
import { Cluster } from "../../../src/lib/elasticsearch/cluster.ts";
import { ClusterError } from "../../../src/lib/elasticsearch/error.ts";

const SETTINGS = { name: parseStreamName("logs-a-b"), retentionDays: 1, hasOriginal: false };

test.each(["elasticsearch", "opensearch"] as const)(
  "an object that %s says it has taken, and does not have, is not set up",
  async (distribution) => {
    let puts = 0;
    using server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch({ method }) {
        if (method === "GET") return new Response("{}", { status: 404 });
        puts++;
        return Response.json({ acknowledged: true });
      },
    });
    const url = `http://127.0.0.1:${server.port}`;
    const cluster = new Cluster({ hosts: [url], timeoutMs: 10_000 });
    const all = assets(SETTINGS, PRINTED[distribution]);
    for (const asset of all) {
      const settings = { cluster, version: "v", isDryRun: false, isForced: true };
      const outcome = await bring(asset, settings).catch((error: unknown) => error);
      expect(outcome).toBeInstanceOf(ClusterError);
      expect((outcome as ClusterError).message).toStartWith(`${url}: the answer is not true`);
    }
    expect(puts).toBe(all.length);
  },
);

test.each(["elasticsearch", "opensearch"] as const)(
  "what no %s says is named as such, object by object",
  async (distribution) => {
    let text = "";
    using server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response(text) });
    const url = `http://127.0.0.1:${server.port}`;
    const cluster = new Cluster({ hosts: [url], timeoutMs: 10_000 });
    for (const asset of assets(SETTINGS, PRINTED[distribution])) {
      const of = (value: unknown) => ({
        [asset.name]: value,
        component_templates: value,
        index_templates: value,
        data_streams: value,
        policy: value,
      });
      const template = (value: unknown) => [{ component_template: value, index_template: value }];
      const bodies = ["null", "7", '"x"', "[]", "[null]", "<html>"];
      for (const value of [null, 7, "x", [], [null], {}, { policy: 7 }, template(null), template(7)])
        bodies.push(JSON.stringify(of(value)));
      for (text of bodies) {
        const outcome = await bring(asset, { cluster, version: "v", isDryRun: false, isForced: true }).catch(
          (error: unknown) => error,
        );
        if (typeof outcome === "string") continue;
        expect(outcome).toBeInstanceOf(ClusterError);
        expect((outcome as ClusterError).message).toStartWith(`${url}: the answer is n`);
      }
    }
  },
);
