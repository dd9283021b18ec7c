/** @module The micro-benchmarks of all layers, by mitata. */
import { run } from "mitata";
import { registerMetadataBenchmarks } from "./metadata.ts";
import type { MicroResult } from "./results.ts";

/** Runs what the filter selects and prints nothing. */
export async function runMicroBenchmarks(filter: RegExp): Promise<MicroResult[]> {
  const close = await registerMetadataBenchmarks();
  try {
    const { benchmarks } = await run({ filter, format: "quiet" });
    return benchmarks.flatMap(({ runs }) =>
      runs.map(({ name, stats, error }) => ({
        name,
        averageNs: stats?.avg ?? 0,
        medianNs: stats?.p50 ?? 0,
        p99Ns: stats?.p99 ?? 0,
        failure: stats === undefined ? String(error) : undefined,
      })),
    );
  } finally {
    close();
  }
}
