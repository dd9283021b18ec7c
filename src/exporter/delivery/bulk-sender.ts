/**
 * @module Sends in bulks, several at a time. Lines come from the queue in memory, or from one on disk: then events are safe
 * as soon as they are in it, and what is left when the agent ends is sent by the next one.
 *
 * While the receiver fails, and until it has taken something, one bulk at a time is tried. So the metadata arrives before
 * events do, and a receiver that has too much to do is not given more.
 */
import type { EventLines } from "../../component/subscriber.ts";
import { Backoff, type BackoffSettings } from "../../lib/backoff.ts";
import type { BulkDestination } from "./bulk.ts";
import { BulkLog } from "./bulk-log.ts";
import { DiskSupply, MemorySupply, type Parcel, type Supply } from "./bulk-supply.ts";
import { BulkWorker } from "./bulk-worker.ts";
import { type Clock, Sleep } from "./clock.ts";
import type { PushResult } from "./destination.ts";
import { DiskIntake } from "./disk-intake.ts";
import type { DiskQueue } from "./disk-queue/index.ts";
import { Linger } from "./linger.ts";
import type { DeliveryParts, Sender } from "./sender.ts";
import { LAST_PUSH_MS, type SenderSurroundings, withinReason } from "./surroundings.ts";
import { Turns } from "./turns.ts";

/** How bulks are sent. */
export interface BulkSettings {
  /** Bulks in flight at most. */
  readonly workers: number;
  /** How long lines wait for others to fill a bulk, milliseconds. */
  readonly lingerMs: number;
  readonly backoff: BackoffSettings;
  /** Opened by the destination. @default lines wait in memory alone */
  readonly disk?: DiskQueue | undefined;
}

/** A backlog is worth a word from so many bulks on. */
const BACKLOG_BULKS = 4;

/** Sends to a {@link BulkDestination}. */
export class BulkSender implements Sender {
  readonly #destination: BulkDestination;
  readonly #parts: DeliveryParts;
  readonly #settings: BulkSettings;
  readonly #clock: Clock;
  readonly #backoff: Backoff;
  readonly #sleep: Sleep;
  readonly #supply: Supply;
  readonly #intake: DiskIntake | undefined;
  readonly #log: BulkLog;
  readonly #turns = new Turns<BulkWorker>();
  readonly #linger: Linger;
  readonly #workers: BulkWorker[] = [];
  /** Of bulks that have not been committed, in order. */
  readonly #parcels: Parcel[] = [];
  readonly #abort = new AbortController();
  #hasBegun = false;
  #isFilling = false;
  #isDraining = false;
  #isEnding = false;
  #isAbandoned = false;
  /** Lines that fill a bulk, going by the last one that was full. */
  #fullLines = 500;
  #idle: { promise: Promise<void>; resolve: () => void } | undefined;

  constructor(
    destination: BulkDestination,
    parts: DeliveryParts,
    { clock, random, ...settings }: BulkSettings & SenderSurroundings,
  ) {
    this.#destination = destination;
    this.#parts = parts;
    this.#settings = settings;
    this.#clock = clock;
    this.#backoff = new Backoff(settings.backoff, random);
    this.#sleep = new Sleep(clock);
    this.#log = new BulkLog(parts, destination.description, clock);
    this.#linger = new Linger(settings.lingerMs, clock, () => this.#dispatch());
    const { disk } = settings;
    this.#supply =
      disk === undefined
        ? new MemorySupply(parts.queue, parts.introduction, parts.ledger)
        : new DiskSupply(disk);
    this.#intake = disk && new DiskIntake(disk, parts, clock);
  }

  get queued() {
    const { disk } = this.#settings;
    if (disk !== undefined) return { events: disk.length, bytes: disk.bytes, oldest: disk.oldest };
    let [events, bytes] = [0, 0];
    for (const { outcome } of this.#workers) {
      events += outcome.pendingEvents;
      bytes += outcome.pendingBytes;
    }
    return { events, bytes };
  }

  begin(): void {
    this.#hasBegun = true;
    for (let i = 0; i < this.#settings.workers; i++)
      this.#workers.push(
        new BulkWorker(this.#destination.createBulk(), this.#parts, (hasArrived) =>
          this.#introduced(hasArrived),
        ),
      );
    this.pump();
  }

  sendPast(events: EventLines): number {
    if (!this.#hasBegun || this.#intake === undefined) return 0;
    const taken = this.#intake.take(events);
    this.#dispatch();
    return taken;
  }

  pump(): void {
    if (!this.#hasBegun) return;
    this.#intake?.pump();
    this.#dispatch();
  }

  retryNow(): void {
    this.#sleep.wake();
  }

  async drain(signal: AbortSignal): Promise<void> {
    this.#isDraining = true;
    this.#linger.end();
    this.#sleep.wake();
    this.pump();
    while (!this.#isIdle && !signal.aborted) {
      this.#idle = Promise.withResolvers<void>();
      const onAbort = () => this.#idle?.resolve();
      signal.addEventListener("abort", onAbort);
      await this.#idle.promise;
      signal.removeEventListener("abort", onAbort);
    }
    this.#idle = undefined;
    if (this.#isIdle) return;
    this.#isEnding = true;
    this.#sleep.wake();
    this.#turns.end();
    const isBusy = () => this.#workers.some((worker) => worker.isBusy);
    const until = this.#clock.now() + LAST_PUSH_MS;
    while (isBusy() && this.#clock.now() < until) await Bun.sleep(5);
    this.#abort.abort();
    if (isBusy()) await Bun.sleep(0);
  }

  async conclude(signal: AbortSignal): Promise<void> {
    this.#intake?.pump();
    if (!signal.aborted && !this.#isEnding) await this.drain(signal);
  }

  abandon(): number {
    this.#isEnding = true;
    this.#isAbandoned = true;
    this.#linger.end();
    this.#abort.abort();
    this.#sleep.wake();
    this.#turns.end();
    this.#intake?.stop();
    let left = this.#parts.queue.length;
    if (this.#intake !== undefined) return left;
    for (const { outcome } of this.#workers) {
      left += outcome.pendingEvents;
      outcome.clear();
    }
    return left;
  }

  get #isIdle(): boolean {
    if (!this.#hasBegun) return true;
    return !this.#supply.hasNext && this.#parts.queue.isEmpty && this.#workers.every(({ isBusy }) => !isBusy);
  }

  #introduced(hasArrived: boolean): void {
    this.#supply.introduced(hasArrived);
    this.#log.introduced(hasArrived);
  }

  /** Has idle workers send what there is. */
  #dispatch(): void {
    if (!this.#hasBegun || this.#isFilling || this.#isEnding || !this.#supply.hasNext) return;
    if (!this.#turns.isOpen) return;
    const worker = this.#workers.find(({ isBusy }) => !isBusy);
    if (worker === undefined) return;
    if (!this.#isDraining && this.#supply.waiting < this.#fullLines && this.#linger.isWaiting) return;
    worker.isBusy = true;
    this.#turns.enter(worker);
    void this.#send(worker);
  }

  async #send(worker: BulkWorker): Promise<void> {
    const parcel = await this.#fill(worker);
    // Others may fill theirs while this one is sent.
    this.#dispatch();
    const { outcome } = worker;
    while (outcome.pending > 0 && !this.#isEnding) {
      await this.#turns.wait(worker);
      if (this.#isEnding) break;
      const result = await worker.push(parcel, this.#abort.signal);
      if (this.#isAbandoned) return;
      const waitMs = this.#book(worker, result);
      if (waitMs > 0 && !this.#isEnding) {
        this.#parts.counters.retries++;
        await this.#sleep.for(waitMs);
      }
    }
    if (this.#isAbandoned) return;
    if (outcome.pending === 0) this.#settle(parcel);
    worker.isBusy = false;
    this.#turns.leave(worker);
    this.pump();
    if (this.#isIdle || this.#isEnding) this.#idle?.resolve();
  }

  async #fill(worker: BulkWorker): Promise<Parcel> {
    this.#isFilling = true;
    const isFull = await worker.fill(this.#supply, () => !this.#isEnding);
    const lost = this.#settings.disk?.takeLost() ?? 0;
    if (lost > 0) this.#parts.ledger.lost(lost);
    if (isFull) this.#fullLines = Math.max(1, worker.outcome.length);
    this.#linger.end();
    const parcel = this.#supply.parcel();
    this.#parcels.push(parcel);
    this.#isFilling = false;
    this.#makeRoom();
    return parcel;
  }

  /** @returns How long to wait before what is pending is sent again, milliseconds. */
  #book({ outcome }: BulkWorker, { error, retryAfterMs }: PushResult): number {
    const before = outcome.reported;
    outcome.reported = outcome.pending;
    if (outcome.pending < before) {
      this.#backoff.reset();
      this.#turns.succeeded();
      if (outcome.pending === 0) this.#log.succeeded();
    }
    if (outcome.pending === 0) return 0;
    this.#turns.failed();
    const { queue } = this.#parts;
    this.#log.failed(
      error ?? new Error("nothing was said of some events"),
      queue.length + this.queued.events,
    );
    return Math.max(
      withinReason(retryAfterMs),
      this.#backoff.next(this.#clock.now()) ?? this.#settings.backoff.maxMs,
    );
  }

  /** Commits in order. */
  #settle(parcel: Parcel): void {
    const { backpressure } = this.#parts;
    parcel.isSettled = true;
    while (this.#parcels[0]?.isSettled === true) this.#parcels.shift()!.commit();
    backpressure.progress();
    this.#makeRoom();
    const { disk } = this.#settings;
    if (disk !== undefined && disk.length > this.#fullLines * BACKLOG_BULKS) this.#log.progressed(disk);
  }

  #makeRoom(): void {
    const { queue, backpressure } = this.#parts;
    if (queue.hasRoom) backpressure.release();
  }
}
