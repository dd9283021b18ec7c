/** @module Sends the metadata again: by the clock, and once what the host says of itself has changed. */

import type { Exporter } from "../exporter/exporter.ts";
import type { StopFacts } from "../metadata/document.ts";
import { readHostFacts } from "../metadata/host.ts";
import type { MetadataLife, ReloadedFacts } from "../metadata/life.ts";

/** How often the host is looked at: nothing else says that a machine was migrated. Milliseconds. */
const LOOK_MS = 1000;

/** Timers of the metadata of a run. Without an interval there are none. */
export class MetadataUpkeep {
  readonly #life: MetadataLife;
  readonly #exporters: readonly Exporter[];
  #timers: ReturnType<typeof setInterval>[] = [];

  /** @param exporters Who says it. */
  constructor(life: MetadataLife, exporters: readonly Exporter[]) {
    this.#life = life;
    this.#exporters = exporters;
  }

  /** Starts the timers, those of an earlier call anew. */
  start(): void {
    this.stop();
    const { intervalMs } = this.#life.facts;
    if (intervalMs === 0) return;
    const refresh = () => {
      if (this.#life.refresh()) this.#announce();
    };
    const look = () => {
      if (this.#life.updateHost(readHostFacts())) this.#announce();
    };
    this.#timers.push(setInterval(refresh, intervalMs), setInterval(look, LOOK_MS));
  }

  /** Takes what a reload has brought. */
  reload(facts: ReloadedFacts): void {
    if (this.#life.reload(facts)) this.#announce();
    this.start();
  }

  /** The agent stops: see {@link MetadataLife.conclude}. */
  conclude(stop: StopFacts): void {
    this.#life.conclude(stop);
  }

  /** Idempotent. */
  stop(): void {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
  }

  /** Before its next event, or without one. */
  #announce(): void {
    for (const exporter of this.#exporters) exporter.announce();
  }
}
