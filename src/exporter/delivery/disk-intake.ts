/** @module Puts events into a queue on disk, the metadata before them. What finds no room there waits in memory. */
import type { EventLines } from "../../component/subscriber.ts";
import type { LineView } from "../../event/batch.ts";
import type { Clock, Timer } from "./clock.ts";
import type { DiskQueue } from "./disk-queue/index.ts";
import { RECORD } from "./disk-queue/layout.ts";
import type { DeliveryParts } from "./sender.ts";

/** How soon it is tried again where there was no room, milliseconds. */
const RETRY_MS = 250;

/** What is between the skeleton and the queue on disk. */
export class DiskIntake {
  readonly #disk: DiskQueue;
  readonly #parts: DeliveryParts;
  readonly #clock: Clock;
  #timer: Timer | undefined;
  #isStopped = false;

  constructor(disk: DiskQueue, parts: DeliveryParts, clock: Clock) {
    this.#disk = disk;
    this.#parts = parts;
    this.#clock = clock;
  }

  /** Takes events before which none waits in memory. @returns How many were dealt with. */
  take(events: EventLines): number {
    return this.#introduce() ? this.#append(events) : 0;
  }

  /** Puts what waits in memory onto the disk, as far as there is room. */
  pump(): void {
    const { queue, backpressure, ledger } = this.#parts;
    if (this.#introduce() && !queue.isEmpty) {
      const count = this.#append(queue);
      for (let i = 0; i < count; i++)
        if (i + 1 === count || queue.streamAt(i + 1) !== queue.streamAt(i)) ledger.passed(queue, i);
      queue.shift(count);
      if (count > 0) backpressure.progress();
      if (queue.hasRoom) backpressure.release();
    }
    if (queue.isEmpty && !this.#parts.introduction.isDue) return;
    if (this.#isStopped || this.#timer !== undefined) return;
    this.#timer = this.#clock.setTimer(() => {
      this.#timer = undefined;
      this.pump();
    }, RETRY_MS);
  }

  /** Tries nothing again. */
  stop(): void {
    this.#isStopped = true;
    this.#clock.clearTimer(this.#timer);
  }

  /** @returns Whether events may follow. */
  #introduce(): boolean {
    const { introduction, log, name } = this.#parts;
    if (!introduction.isDue) return true;
    const { event, line } = introduction;
    if (this.#disk.append(introduction, 0, RECORD.metadata) === 0) {
      introduction.renew();
      return false;
    }
    introduction.done(true);
    log.debug("Metadata event queued", { exporter: name, bytes: line.length, event });
    return true;
  }

  /** @returns How many of the first lines were dealt with. */
  #append(lines: LineView): number {
    let count = this.#disk.append(lines);
    while (count < lines.length && this.#disk.isTooLarge(lines.endAt(count) - lines.startAt(count))) {
      this.#parts.counters.too_large++;
      count = this.#disk.append(lines, count + 1);
    }
    return count;
  }
}
