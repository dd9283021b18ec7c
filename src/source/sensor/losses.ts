/** @module Counts what the sensor loses or forgets, and warns of it now and then. */
import type { SourceSettings } from "../source.ts";
import { CountWarning } from "./count-warning.ts";
import type { KernelSide } from "./kernel-side.ts";
import type { ProcessTable } from "./process/process-table.ts";

/** Milliseconds between warnings of the same kind. */
const WARNING_INTERVAL = 10_000;

/** Keeps count. */
export class Losses {
  readonly #output: SourceSettings;
  readonly #table: ProcessTable;
  readonly #lossWarning: CountWarning;
  readonly #evictionWarning: CountWarning;
  readonly #shorteningWarning: CountWarning;
  #isReadable = true;
  #misses = 0;

  constructor(output: SourceSettings, table: ProcessTable) {
    this.#output = output;
    this.#table = table;
    this.#lossWarning = new CountWarning({
      interval: WARNING_INTERVAL,
      warn: (count) =>
        output.log.warn(
          `Sensor dropped events: ${count} records found the ring buffer (--rb-size) full, or a program busy`,
        ),
    });
    this.#evictionWarning = new CountWarning({
      interval: WARNING_INTERVAL,
      warn: (count) =>
        output.log.warn(`Sensor forgot ${count} processes: the table (--process-cache-size) was full`),
    });
    this.#shorteningWarning = new CountWarning({
      interval: WARNING_INTERVAL,
      warn: (count) =>
        output.log.warn(
          `Sensor shortened arguments of ${count} programs that run: they took more than --process-cache-memory`,
        ),
    });
  }

  /** @param now Milliseconds, of any clock; infinity for the last time. */
  update(kernel: KernelSide, now: number): void {
    if (this.#isReadable) this.#count(kernel);
    this.#lossWarning.update(this.#output.counters.lost, now);
    this.#evictionWarning.update(this.#table.evictions, now);
    this.#shorteningWarning.update(this.#table.shortened, now);
  }

  #count(kernel: KernelSide): void {
    try {
      this.#output.counters.lost = kernel.countLost() + this.#countMisses(kernel);
    } catch (error) {
      // An agent that gave its rights away may not read maps any more. The events come all the same.
      this.#isReadable = false;
      this.#output.log.warn(`Sensor cannot count lost records any more: ${String(error)}`);
    }
  }

  /** Runs of programs that the kernel left out. An agent that changed its user may not look any more. */
  #countMisses(kernel: KernelSide): number {
    try {
      this.#misses = kernel.probes.misses;
    } catch {
      // What was counted up to then stays counted.
    }
    return this.#misses;
  }
}
