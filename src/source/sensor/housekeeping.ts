/** @module What the sensor does now and then, whatever is recorded. */
import type { Collector } from "./collector.ts";
import type { BootClock } from "./event/clock.ts";
import type { KernelSide } from "./kernel-side.ts";
import type { Losses } from "./losses.ts";
import type { Metadata } from "./process/metadata.ts";
import type { Processes } from "./process/processes.ts";

/** Milliseconds between looks at lost records, the wall clock and `/etc/passwd` while records come. */
const INTERVAL = 1000;
/** The same while none come: then nothing is lost either, and no time is written. */
const QUIET_INTERVAL = 10_000;

/** What {@link Housekeeping} looks after. */
export interface HousekeepingSettings {
  readonly collector: Collector;
  readonly clock: BootClock;
  readonly metadata: Metadata;
  readonly processes: Processes;
  readonly losses: Losses;
}

/** Looks after it. */
export class Housekeeping {
  readonly #settings: HousekeepingSettings;
  #kept = Number.NEGATIVE_INFINITY;

  constructor(settings: HousekeepingSettings) {
    this.#settings = settings;
  }

  /**
   * Milliseconds between two times.
   * @param isBusy Whether records came since the last time, or wait to be read: the next event is to be right.
   */
  interval(isBusy: boolean): number {
    return isBusy || this.#settings.collector.isDue ? INTERVAL : QUIET_INTERVAL;
  }

  /** Milliseconds until the next time at most, when no records come. @param others What somebody else asks for. @default nothing */
  sleep(others: number = Number.POSITIVE_INFINITY): number {
    return Math.min(this.interval(false), this.#settings.processes.interval, others);
  }

  /**
   * Whether it is time.
   * @param now Milliseconds, of the same clock each time.
   * @param isBusy As for {@link interval}.
   */
  isDue(now: number, isBusy: boolean): boolean {
    return now >= this.#kept + this.interval(isBusy);
  }

  /** Has it be due next time. */
  hasten(): void {
    this.#kept = Number.NEGATIVE_INFINITY;
  }

  /** @param now As for {@link isDue}; infinity for the last time. */
  keep(kernel: KernelSide, now: number): void {
    const { collector, clock, metadata, losses } = this.#settings;
    this.#kept = now;
    kernel.skipDamage();
    collector.collectDue();
    clock.synchronize();
    if (metadata.refresh()) kernel.probes.refresh();
    losses.update(kernel, now);
  }
}
