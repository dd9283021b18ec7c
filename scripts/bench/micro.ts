/** @module The micro-benchmarks of all layers, by mitata. */
import { B, measure, run } from "mitata";
import { registerEventBenchmarks } from "./event.ts";
import { registerMetadataBenchmarks } from "./metadata.ts";
import { registerPipelineBenchmarks } from "./pipeline.ts";
import type { MicroResult } from "./results.ts";

/** CPU time of a case in a quick run, nanoseconds; mitata's own is 642 ms. */
const QUICK_NS = 1e6;

/** What {@link runMicroBenchmarks} is given. */
export interface MicroSettings {
  readonly filter: RegExp;
  readonly isQuick: boolean;
}

/** A registered case; its parts are there, but not in mitata's types. */
type Case = B & { readonly f: () => unknown; readonly _name: string };

/** mitata measures every case for most of a second and has no option for less. */
function makeQuick(): void {
  B.prototype.run = async function (this: Case) {
    const name = this._name;
    const style = { compact: false, highlight: false as const };
    const shared = { alias: name, baseline: false, args: {}, kind: "static" as const, style };
    try {
      const stats = await measure(this.f, { min_cpu_time: QUICK_NS });
      return { ...shared, runs: [{ name, args: {}, stats, error: undefined }] };
    } catch (error) {
      return { ...shared, runs: [{ name, args: {}, stats: undefined, error }] };
    }
  };
}

/** Runs what the filter selects and prints nothing. */
export async function runMicroBenchmarks({ filter, isQuick }: MicroSettings): Promise<MicroResult[]> {
  if (isQuick) makeQuick();
  const close = await registerMetadataBenchmarks();
  await registerEventBenchmarks();
  await registerPipelineBenchmarks();
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
