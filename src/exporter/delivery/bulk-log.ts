/** @module What the log says of an exporter that sends in bulks. */
import { Throttle } from "../../telemetry/throttle.ts";
import type { Clock } from "./clock.ts";
import type { DiskQueue } from "./disk-queue/index.ts";
import { FailureLog } from "./failure-log.ts";
import type { DeliveryParts } from "./sender.ts";

const PROGRESS_INTERVAL_MS = 10_000;

/** Says that it fails, that it works again, and how far a backlog is. */
export class BulkLog {
  readonly #parts: DeliveryParts;
  readonly #to: string;
  readonly #failure: FailureLog;
  readonly #progress: Throttle;

  /** @param to The destination. */
  constructor(parts: DeliveryParts, to: string, clock: Clock) {
    this.#parts = parts;
    this.#to = to;
    this.#failure = new FailureLog(parts, to, clock);
    this.#progress = new Throttle(PROGRESS_INTERVAL_MS, () => clock.now());
  }

  introduced(hasArrived: boolean): void {
    const { name: exporter, log } = this.#parts;
    if (hasArrived) log.debug("Metadata event written", { exporter, to: this.#to });
    else log.warn("Cannot write the metadata event", { exporter, to: this.#to });
  }

  succeeded(): void {
    this.#failure.succeeded();
  }

  /** @param waiting Events that wait. */
  failed(error: Error, waiting: number): void {
    const { queue_full, refused } = this.#parts.counters;
    this.#failure.failed(error, { waiting, queue_full, refused });
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
