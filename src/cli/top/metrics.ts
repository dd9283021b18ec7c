/** @module Reads metrics as Prometheus is given them (its text format, 0.0.4). */

/** One number and what it is about. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Samples by the name of their metric. */
export type Metrics = ReadonlyMap<string, readonly Sample[]>;

const LINE = /^(?<name>[a-zA-Z_:][\w:]*)(?:\{(?<labels>.*)\})?\s+(?<value>\S+)(?:\s+-?\d+)?\s*$/;
const LABEL = /(?<name>[a-zA-Z_]\w*)\s*=\s*"(?<value>(?:[^"\\]|\\.)*)"/g;
const ESCAPES: Readonly<Record<string, string>> = { "\\n": "\n", '\\"': '"', "\\\\": "\\" };

/** What is no sample is passed over. */
export function parseMetrics(text: string): Metrics {
  const metrics = new Map<string, Sample[]>();
  for (const line of text.split("\n")) {
    const found = line.startsWith("#") ? undefined : LINE.exec(line)?.groups;
    if (found === undefined) continue;
    const labels: Record<string, string> = {};
    for (const { groups } of (found.labels ?? "").matchAll(LABEL))
      labels[groups!.name!] = groups!.value!.replace(/\\[n"\\]/g, (pair) => ESCAPES[pair]!);
    const sample = { labels, value: Number(found.value) };
    const samples = metrics.get(found.name!);
    if (samples === undefined) metrics.set(found.name!, [sample]);
    else samples.push(sample);
  }
  return metrics;
}

/** The sum of the samples of `name` that `accepts` takes. */
export function total(
  metrics: Metrics,
  name: string,
  accepts: (labels: Sample["labels"]) => boolean = () => true,
): number {
  return (metrics.get(name) ?? []).reduce((sum, { labels, value }) => sum + (accepts(labels) ? value : 0), 0);
}

/** The sums of the samples of `name` by what `keyOf` makes of their labels; `undefined` and empty keys are left out. */
export function sumsBy(
  metrics: Metrics,
  name: string,
  keyOf: (labels: Sample["labels"]) => string | undefined,
): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { labels, value } of metrics.get(name) ?? []) {
    const key = keyOf(labels);
    if (key) sums.set(key, (sums.get(key) ?? 0) + value);
  }
  return sums;
}
