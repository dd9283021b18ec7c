/** @module What the log says of an exporter that sends in bulks. */
import { Throttle } from "../../telemetry/throttle.ts";
import type { Clock } from "./clock.ts";
import type { DiskQueue } from "./disk-queue/index.ts";
import type { DeliveryParts } from "./sender.ts";

const FAILURE_INTERVAL_MS = 30_000;
const PROGRESS_INTERVAL_MS = 10_000;

/** Says that it fails, that it works again, and how far a backlog is. */
export class BulkLog {
  readonly #parts: DeliveryParts;
  readonly #to: string;
  readonly #failure: Throttle;
  readonly #progress: Throttle;
  #isFailing = false;

  /** @param to The destination. */
  constructor(parts: DeliveryParts, to: string, clock: Clock) {
    this.#parts = parts;
    this.#to = to;
    this.#failure = new Throttle(FAILURE_INTERVAL_MS, () => clock.now());
    this.#progress = new Throttle(PROGRESS_INTERVAL_MS, () => clock.now());
  }

  introduced(hasArrived: boolean): void {
    const { name: exporter, log } = this.#parts;
    if (hasArrived) log.debug("Metadata event written", { exporter, to: this.#to });
    else log.warn("Cannot write the metadata event", { exporter, to: this.#to });
  }

  succeeded(): void {
    if (!this.#isFailing) return;
    this.#isFailing = false;
    const { name: exporter, log } = this.#parts;
    log.info("Events are written again", { exporter, to: this.#to });
  }

  /** @param waiting Events that wait. */
  failed(error: Error, waiting: number): void {
    this.#isFailing = true;
    const repeated = this.#failure.pass();
    if (repeated === undefined) return;
    const { counters, log, name: exporter } = this.#parts;
    const { queue_full, refused } = counters;
    const fields = { exporter, to: this.#to, error: error.message, waiting, queue_full, refused };
    log.warn("Cannot write events", { ...fields, ...repeated });
  }

  /** Says how much waits on disk. */
  progressed({ length: events, bytes, oldest }: DiskQueue): void {
    if (this.#progress.pass() === undefined) return;
    const { name: exporter, log, counters } = this.#parts;
    const age = oldest === undefined ? {} : { oldest: `${Math.round((Date.now() - oldest) / 1000)}s` };
    const fields = { exporter, events, bytes, ...age, exported: counters.exported };
    log.info("Events wait in the queue on disk", fields);
  }
}
