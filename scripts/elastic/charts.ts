/**
 * @module Draws the dashboards of `docs/kibana.md` from what a real OpenSearch answers to their charts' queries, with a day of events
 * in it. Kibana itself is not needed: charts come from the definitions that its objects come from.
 *
 *     bun scripts/elastic/charts.ts [--output=docs/images]
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Json } from "../../src/elastic/asset.ts";
import { assets } from "../../src/elastic/assets.ts";
import { valueAt } from "../../src/elastic/check/index-view.ts";
import { chartRows, chartSearch } from "../../src/elastic/kibana/chart-query.ts";
import { DASHBOARDS } from "../../src/elastic/kibana/dashboards.ts";
import type { Panel } from "../../src/elastic/kibana/panel.ts";
import { bring } from "../../src/elastic/setup/bring.ts";
import { flavourOf } from "../../src/elastic/setup/flavour-of.ts";
import { parseStreamName } from "../../src/elastic/stream-name.ts";
import { DEFAULT_INDEX } from "../../src/exporter/elasticsearch/options.ts";
import { Cluster } from "../../src/lib/elasticsearch/cluster.ts";
import { demoEvents } from "../../test/elastic/demo-events.ts";
import { indexEvents } from "../../test/elastic/index-events.ts";
import { toQuery } from "../../test/elastic/kuery.ts";
import { startOpenSearch } from "../../test/peers/open-search.ts";
import { readArguments } from "../arguments.ts";
import { type Answer, dashboardSvg } from "./svg.ts";

const USAGE = `Draws the dashboards of docs/kibana.md.

Usage: bun scripts/elastic/charts.ts [--output=docs/images]
`;
/** When the day of the pictures ends: they are the same each time. */
const END = Date.parse("2026-11-30T12:00:00Z");
const HOURS = Array.from({ length: 24 }, (_, i) => new Date(END - (24 - i) * 3_600_000).toISOString());

const { values } = readArguments({
  usage: USAGE,
  options: { output: { type: "string", default: "docs/images" } },
});
const output = join(import.meta.dir, "../..", values.output as string);
const name = parseStreamName(DEFAULT_INDEX);
const peer = await startOpenSearch();
try {
  const cluster = new Cluster({ hosts: [peer.url], timeoutMs: 60_000 });
  const flavour = await flavourOf(cluster);
  for (const asset of assets({ name, retentionDays: 30, hasOriginal: false }, flavour)) {
    await bring(asset, { cluster, version: "v0", isDryRun: false, isForced: false });
  }
  const refused = await indexEvents(cluster, name.index, demoEvents(END));
  if (refused.length > 0) throw new Error(`Cannot draw: ${refused[0]}`);
  mkdirSync(output, { recursive: true });
  for (const dashboard of DASHBOARDS) {
    const answers: Answer[] = [];
    for (const panel of dashboard.panels) answers.push(await answerFor(cluster, panel));
    const path = join(output, `kibana-${dashboard.id}.svg`);
    await Bun.write(path, dashboardSvg(dashboard, answers, HOURS));
    console.log(path);
  }
} finally {
  await peer.stop();
}
process.exit(0);

async function answerFor(cluster: Cluster, { content }: Panel): Promise<Answer> {
  const path = `/${name.pattern}/_search`;
  if (content.chart !== "search") {
    const search = chartSearch(content, [
      toQuery(content.query),
      { range: { "@timestamp": { lte: new Date(END).toISOString() } } },
    ]);
    return { rows: chartRows(content, await cluster.json<Json>("POST", path, search)) };
  }
  const { query, columns } = content.search;
  const found = await cluster.json<{ hits: { hits: { _source: Json }[] } }>("POST", path, {
    size: 20,
    query: {
      bool: { filter: [toQuery(query), { range: { "@timestamp": { lte: new Date(END).toISOString() } } }] },
    },
    sort: [{ "@timestamp": "desc" }, { "event.action": "asc" }],
  });
  return {
    hits: found.hits.hits.map(({ _source }) =>
      Object.fromEntries(
        ["@timestamp", ...columns].map((field) => [field, String(valueAt(_source, field) ?? "-")]),
      ),
    ),
  };
}
