/** @module What a run of the benchmarks found. Written out by `--json` as it is. */
import type { Absentee } from "./contestants.ts";
import type { MetadataCost } from "./metadata.ts";
import type { RowResult } from "./rows/row.ts";
import type { SensorCost } from "./sensor.ts";
import type { StartTimes } from "./start.ts";
import type { ThroughputRow } from "./throughput.ts";
import type { ValidationCost } from "./validation.ts";

/** The host, as far as it matters. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly kernel: string;
  readonly bun: string;
  /** Load average of the minute before the run: more than a little means that rates are somebody else's too. */
  readonly load: number;
}

/** Contestants on one file. */
export interface Throughput {
  /** `1.8 KB`. */
  readonly size: string;
  readonly meanBytes: number;
  readonly events: number;
  readonly rows: readonly ThroughputRow[];
}

/** One micro-benchmark. */
export interface MicroResult {
  /** `layer/case`. */
  readonly name: string;
  /** Nanoseconds a call. */
  readonly averageNs: number;
  readonly medianNs: number;
  readonly p99Ns: number;
  /** Why there are no figures, or `undefined`. */
  readonly failure: string | undefined;
}

/** A run. What was not asked for, or could not be measured, is not there. */
export interface Results {
  /** Day of the run, `2026-01-31`. */
  readonly date: string;
  readonly commit: string;
  /** Once each and small: figures mean little. */
  readonly isQuick: boolean;
  readonly machine: Machine;
  readonly throughput: readonly Throughput[];
  readonly absent: readonly Absentee[];
  /** tetrad on a file of one event type with a 4 MiB line. */
  readonly longLine: ThroughputRow | undefined;
  readonly start: StartTimes | undefined;
  readonly idleRssBytes: number | undefined;
  readonly metadata: MetadataCost | undefined;
  readonly validation: ValidationCost | undefined;
  readonly sensor: SensorCost | undefined;
  readonly rows: readonly RowResult[];
  readonly micro: readonly MicroResult[];
}

/** Every reason to end with exit code 1: events that tetrad lost, contestants of ours and micro-benchmarks that failed. */
export function findFailures(results: Results): string[] {
  const failures: string[] = [];
  const rows = results.throughput.flatMap(({ size, rows }) => rows.map((row) => ({ size, row })));
  if (results.longLine) rows.push({ size: "4 MiB line", row: results.longLine });
  for (const { size, row } of rows) {
    if (!row.isOurs) continue;
    if (row.lost !== 0) failures.push(`${size}, ${row.label}: lost ${row.lost} events`);
    if (row.failure !== undefined) failures.push(`${size}, ${row.label}: ${row.failure}`);
  }
  for (const { label, lost, missing, isReplayed } of results.sensor?.rates ?? []) {
    if (isReplayed) continue;
    if (lost > 0) failures.push(`sensor, ${label}: lost ${lost} records`);
    else if (missing > 0) failures.push(`sensor, ${label}: ${missing} events are missing`);
  }
  for (const { name, failure } of [...results.rows, ...results.micro])
    if (failure !== undefined) failures.push(`${name}: ${failure}`);
  return failures;
}
