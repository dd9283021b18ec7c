/** @module Sends by pushes: gathers a batch, pushes it within a time limit, tries again what was not taken. */
import { settledOrAborted } from "../../component/abort.ts";
import { Backoff, type BackoffSettings } from "../../lib/backoff.ts";
import { type Clock, Sleep } from "./clock.ts";
import { asFailure, type PushDestination, type PushResult } from "./destination.ts";
import { FailureLog } from "./failure-log.ts";
import { type BatchLimits, PushBatch, type Settler, type Tally } from "./push-batch.ts";
import type { DeliveryParts, Sender } from "./sender.ts";
import { LAST_PUSH_MS, type SenderSurroundings, withinReason } from "./surroundings.ts";

/** How pushes are made. */
export interface PushSettings {
  readonly batch: BatchLimits;
  /** How long a push waits for a full batch, milliseconds; 0 pushes what there is. */
  readonly lingerMs: number;
  /** How long one push may take, milliseconds; 0 for as long as it likes. */
  readonly timeoutMs: number;
  readonly backoff: BackoffSettings;
}

const NOTHING_TAKEN = new Error("nothing was taken");

/** Sends to a {@link PushDestination}, one push at a time, off the callers' path. */
export class PushSender implements Sender {
  readonly #destination: PushDestination;
  readonly #parts: DeliveryParts;
  readonly #settings: PushSettings;
  readonly #clock: Clock;
  readonly #backoff: Backoff;
  readonly #sleep: Sleep;
  readonly #failureLog: FailureLog;
  #events: PushBatch;
  #metadata: PushBatch;
  #run: Promise<void> | undefined;
  #hasBegun = false;
  /** The metadata was lost: events go, too, before it is tried again. */
  #isUnknown = false;
  /** The last push of events failed, and those that are left are tried again. */
  #isResuming = false;
  /** Nothing is waited for any more: neither a full batch nor, the first time, the end of a pause. */
  #isDraining = false;
  /** No push is begun any more. What comes of the one in flight counts until {@link abandon}. */
  #isEnding = false;
  #isAbandoned = false;
  /** Since when the first line of the queue has been waiting for others. */
  #lingersSince: number | undefined;
  #isLingering = false;
  /** Of the push in flight. One that has no time limit ends with the exporter only. */
  #abort = new AbortController();

  constructor(
    destination: PushDestination,
    parts: DeliveryParts,
    { clock, random, ...settings }: PushSettings & SenderSurroundings,
  ) {
    this.#destination = destination;
    this.#parts = parts;
    this.#settings = settings;
    this.#clock = clock;
    this.#backoff = new Backoff(settings.backoff, random);
    this.#sleep = new Sleep(clock);
    this.#failureLog = new FailureLog(parts, destination.description, clock);
    this.#events = new PushBatch(parts.queue, settings.batch);
    this.#metadata = new PushBatch(parts.introduction, settings.batch);
  }

  begin(): void {
    this.#hasBegun = true;
    this.pump();
  }

  sendPast(): number {
    return 0;
  }

  pump(): void {
    if (this.#isLingering && this.#isBatchFull) this.#sleep.wake();
    if (this.#run !== undefined || !this.#hasBegun || !this.#hasPending) return;
    this.#isUnknown = false;
    this.#run = this.#sendAll();
  }

  retryNow(): void {
    this.#sleep.wake();
  }

  async drain(signal: AbortSignal): Promise<void> {
    this.#isDraining = true;
    this.#sleep.wake();
    const isAtOnce = signal.aborted;
    if (this.#run !== undefined) await settledOrAborted(this.#run, signal);
    if (this.#run === undefined || isAtOnce) return;
    this.#isEnding = true;
    this.#abort.abort();
    this.#sleep.wake();
    await this.#pushInFlight(this.#run);
  }

  async conclude(signal: AbortSignal): Promise<void> {
    if (!signal.aborted && this.#run === undefined && this.#parts.queue.isEmpty) this.pump();
    if (this.#run !== undefined) await this.drain(signal);
  }

  /** A write that the kernel has may be done in spite of the time-out: then its events are delivered, not lost. */
  async #pushInFlight(run: Promise<void>): Promise<void> {
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = this.#clock.setTimer(resolve, LAST_PUSH_MS);
    await Promise.race([run, late]);
    this.#clock.clearTimer(timer);
  }

  abandon(): number {
    this.#isEnding = true;
    this.#isAbandoned = true;
    this.#abort.abort();
    this.#sleep.wake();
    return this.#parts.queue.length - this.#events.settledBehind;
  }

  get #hasPending(): boolean {
    return !this.#parts.queue.isEmpty || (this.#parts.introduction.isDue && !this.#isUnknown);
  }

  /** A refreshed line waits for events that are pushed again: a file may hold a part of the first one. */
  get #mustIntroduce(): boolean {
    return this.#parts.introduction.isDue && !this.#isResuming && !this.#isUnknown;
  }

  get #isBatchFull(): boolean {
    const { queue } = this.#parts;
    const { maxEvents, maxBytes } = this.#settings.batch;
    return queue.length >= maxEvents || queue.bytes >= maxBytes;
  }

  async #sendAll(): Promise<void> {
    while (this.#hasPending && !this.#isEnding) {
      if (this.#mustIntroduce) await this.#sendMetadata();
      else await this.#sendEvents();
    }
    this.#run = undefined;
  }

  async #sendMetadata(): Promise<void> {
    const { introduction, name, log } = this.#parts;
    const { event, line } = introduction;
    const bytes = line.length;
    const result = await this.#push(this.#metadata);
    if (this.#isAbandoned) return;
    const waitMs = this.#book(this.#metadata, introduction, result);
    const fields = { exporter: name, to: this.#destination.description };
    if (!introduction.isDue) {
      const level = event === "agent_refresh" ? "debug" : "info";
      if (introduction.hasArrived) log[level]("Metadata event written", { ...fields, bytes, event });
      else log.warn("Cannot write the metadata event", fields);
    }
    this.#isUnknown = introduction.isDue && waitMs === 0;
    await this.#pause(waitMs);
  }

  async #sendEvents(): Promise<void> {
    const { queue, ledger, backpressure } = this.#parts;
    await this.#linger();
    // It may have been refreshed meanwhile.
    if (this.#isEnding || this.#mustIntroduce) return;
    const result = await this.#push(this.#events);
    if (this.#isAbandoned) return;
    // From here to where they leave the queue nobody else may count them: no waiting in between.
    const waitMs = this.#book(this.#events, ledger, result);
    this.#isResuming = waitMs > 0;
    this.#isUnknown = false;
    const { settled } = this.#events;
    queue.shift(settled);
    if (settled > 0) {
      this.#lingersSince = undefined;
      backpressure.progress();
    }
    if (queue.hasRoom) backpressure.release();
    await this.#pause(waitMs);
  }

  /** Books what became of a push. @returns How long to wait before the next one, milliseconds. */
  #book(batch: PushBatch, settler: Settler, result: PushResult): number {
    const tally = batch.tally();
    const error = result.error ?? (tally.settled === 0 ? NOTHING_TAKEN : undefined);
    const waitMs = this.#waitAfter(error, result, tally);
    if (waitMs === undefined) batch.loseAll();
    this.#parts.ledger.reason = error?.message;
    // On record before anything is said of it: who hears it may end the agent at once.
    batch.settle(settler);
    if (error !== undefined && tally.pending + tally.lost > 0) this.#noteFailure(error);
    else if (tally.accepted > 0) this.#failureLog.succeeded();
    if (result.isGone === true) this.#parts.onGone();
    return waitMs ?? 0;
  }

  /** Pushes what the window shows. Never rejects: what a push throws is a reason to try again. */
  async #push(batch: PushBatch): Promise<PushResult> {
    batch.fill();
    const { timeoutMs } = this.#settings;
    if (timeoutMs === 0) return await this.#destination.push(batch, this.#abort.signal).catch(asFailure);
    const abort = new AbortController();
    this.#abort = abort;
    const { promise: late, resolve } = Promise.withResolvers<undefined>();
    const timer = this.#clock.setTimer(() => {
      abort.abort();
      resolve(undefined);
    }, timeoutMs);
    const result = await Promise.race([this.#destination.push(batch, abort.signal).catch(asFailure), late]);
    this.#clock.clearTimer(timer);
    if (result !== undefined) return result;
    // An answer that crosses the time-out must not be taken for one to the next push.
    const next = batch.succeed();
    if (batch === this.#events) this.#events = next;
    else this.#metadata = next;
    return { error: new Error(`no answer within ${timeoutMs} ms`) };
  }

  /** @returns How long to wait before the next push, milliseconds; `undefined` when what is left is to be given up. */
  #waitAfter(
    error: Error | undefined,
    { retryAfterMs }: PushResult,
    { pending, settled, accepted }: Tally,
  ): number | undefined {
    if (error === undefined || accepted > 0) this.#backoff.reset();
    const askedMs = withinReason(retryAfterMs);
    if (pending === 0 || error === undefined || (settled > 0 && retryAfterMs !== undefined)) return askedMs;
    // A receiver that takes nothing may ask for a longer wait, but neither for none nor for being tried for ever.
    const backoffMs = this.#backoff.next(this.#clock.now());
    return backoffMs === undefined ? undefined : Math.max(backoffMs, askedMs);
  }

  async #pause(milliseconds: number): Promise<void> {
    if (milliseconds === 0 || this.#isEnding) return;
    this.#parts.counters.retries++;
    await this.#sleep.for(milliseconds);
  }

  async #linger(): Promise<void> {
    const { lingerMs } = this.#settings;
    if (lingerMs === 0 || this.#events.isOpen) return;
    const now = this.#clock.now();
    this.#lingersSince ??= now;
    const restMs = this.#lingersSince + lingerMs - now;
    if (restMs <= 0 || this.#isDraining || this.#isBatchFull) return;
    this.#isLingering = true;
    await this.#sleep.for(restMs);
    this.#isLingering = false;
  }

  #noteFailure(error: Error): void {
    const { counters, queue } = this.#parts;
    const { queue_full, send_failed } = counters;
    this.#failureLog.failed(error, { waiting: queue.length, queue_full, send_failed });
  }
}
