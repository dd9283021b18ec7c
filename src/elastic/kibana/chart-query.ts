/** @module What a chart asks the index: the aggregations that Kibana makes of it, and their answer as rows. */
import type { Json } from "../asset.ts";
import type { Chart, Metric, Split } from "./panel.ts";

/** One row of a chart's answer: the values that it was split by, then the numbers. */
export interface Row {
  readonly keys: readonly string[];
  readonly numbers: readonly number[];
}

/** The metrics of a chart, in the order of its numbers. */
export function metricsOf(chart: Chart): readonly Metric[] {
  return [chart.metric, ...(chart.chart === "table" ? (chart.more ?? []) : [])];
}

/** A search without hits. @param filter The chart's query in the query language of the server. @param interval Of bars over time. */
export function chartSearch(chart: Chart, filter: readonly Json[], interval = "1h"): Json {
  const metrics = Object.fromEntries(
    metricsOf(chart).flatMap((metric, i) => {
      const own = aggregationOf(metric);
      return own === undefined ? [] : [[`metric-${i}`, own]];
    }),
  );
  let aggs: Json = metrics;
  for (const split of [...splitsOf(chart)].reverse()) aggs = { split: { ...termsOf(split), aggs } };
  if (chart.chart === "time") {
    const histogram = { field: "@timestamp", fixed_interval: interval, min_doc_count: 0 };
    aggs = { time: { date_histogram: histogram, aggs } };
  }
  return { size: 0, track_total_hits: true, query: { bool: { filter } }, aggs };
}

function splitsOf(chart: Chart): readonly Split[] {
  switch (chart.chart) {
    case "number":
      return [];
    case "table":
      return chart.splits;
    default:
      return chart.split === undefined ? [] : [chart.split];
  }
}

function termsOf({ field, size }: Split): Json {
  return { terms: { field, size, order: { _count: "desc" } } };
}

/** None for a count, which every bucket has. */
function aggregationOf(metric: Metric): Json | undefined {
  switch (metric.operation) {
    case "count":
      return undefined;
    case "unique":
      return { cardinality: { field: metric.field } };
    default:
      return { [metric.operation]: { field: metric.field } };
  }
}

interface Bucket {
  readonly key: unknown;
  readonly key_as_string?: string;
  readonly doc_count: number;
  readonly [aggregation: string]: unknown;
}

/** The rows of an answer to {@link chartSearch}. */
export function chartRows(chart: Chart, answer: Json): Row[] {
  const { hits, aggregations = {} } = answer as {
    hits: { total: { value: number } };
    aggregations?: Json;
  };
  const levels = [...(chart.chart === "time" ? ["time"] : []), ...splitsOf(chart).map(() => "split")];
  const rows: Row[] = [];
  const walk = (at: Json, count: number, keys: readonly string[]): void => {
    const level = levels[keys.length];
    if (level === undefined) {
      rows.push({
        keys,
        numbers: metricsOf(chart).map((metric, i) => numberOf(metric, at[`metric-${i}`], count)),
      });
      return;
    }
    const { buckets } = at[level] as { buckets: readonly Bucket[] };
    for (const bucket of buckets) {
      walk(bucket, bucket.doc_count, [...keys, bucket.key_as_string ?? String(bucket.key)]);
    }
  };
  walk(aggregations, hits.total.value, []);
  return rows;
}

function numberOf(metric: Metric, value: unknown, count: number): number {
  return metric.operation === "count" ? count : ((value as { value: number | null }).value ?? 0);
}
