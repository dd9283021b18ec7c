/** @module The fast path: events leave at once, from the buffer that they were read into; the queue is for what found no room. */
import type { EventLines } from "../../component/subscriber.ts";
import type { LineView } from "../../event/batch.ts";
import { Throttle } from "../../telemetry/throttle.ts";
import type { Clock, Timer } from "./clock.ts";
import type { DirectDestination } from "./destination.ts";
import { FirstLine } from "./first-line.ts";
import type { DeliveryParts, Sender } from "./sender.ts";

/** How often {@link DirectSender.drain} looks whether the queue is empty, milliseconds. */
const DRAIN_POLL_MS = 5;
/** How soon the metadata is tried again when it could not leave, milliseconds. */
const METADATA_RETRY_MS = 1000;
/** Times that the last line is tried to be sent, its copies included. */
const MAX_LAST_TRIES = 10;
/** Between copies of the last line, so that not all are lost at once. Milliseconds. */
const COPY_INTERVAL_MS = 10;
/** So many events at once leave with those that wait: nothing would be gained by copying them. */
const MANY_EVENTS = 16;

/** Sends to a {@link DirectDestination}. */
export class DirectSender implements Sender {
  readonly #destination: DirectDestination;
  readonly #parts: DeliveryParts;
  readonly #clock: Clock;
  #hasBegun = false;
  /** There was no room at the last try. */
  #isBlocked = false;
  /** The metadata could not leave at the last try. */
  #isUnknown = false;
  readonly #firstLine: FirstLine;
  readonly #lostLog = new Throttle();
  #retryTimer: Timer | undefined;
  /** Runs while lines in the queue wait for others. */
  #lingerTimer: Timer | undefined;
  /** Nothing waits for others until the queue is empty. */
  #isFlushing = false;
  /** Nothing waits for others any more. */
  #isDraining = false;

  constructor(destination: DirectDestination, parts: DeliveryParts, clock: Clock) {
    this.#destination = destination;
    this.#parts = parts;
    this.#clock = clock;
    this.#firstLine = new FirstLine(parts.queue);
  }

  begin(): void {
    this.#hasBegun = true;
    this.pump();
  }

  sendPast(events: EventLines): number {
    if (!this.#canSend || this.#parts.introduction.isDue) return 0;
    const handled = this.#destination.transmit(events, this.#mayWait);
    this.#parts.backpressure.progress();
    return handled;
  }

  pump(): void {
    const { queue, backpressure, introduction } = this.#parts;
    while (this.#canSend && this.#introduce() && !queue.isEmpty) {
      if (this.#transmit(introduction.isDue ? this.#firstLine : queue)) continue;
      if (this.#destination.isWaiting === true) {
        this.#linger();
        break;
      }
      this.#isBlocked = true;
      queue.shift(this.#destination.awaitRoom(queue));
    }
    if (queue.isEmpty) this.#endLinger();
    if (queue.hasRoom) backpressure.release();
  }

  makeWay(events: EventLines): void {
    if (this.#lingerTimer === undefined) return;
    if (events.length >= MANY_EVENTS || !this.#parts.queue.wouldHaveRoom(events)) this.#flush();
  }

  retryNow(): void {
    this.pump();
  }

  /** There may be room again. */
  onRoom(): void {
    this.#isBlocked = false;
    this.pump();
  }

  async drain(signal: AbortSignal): Promise<void> {
    this.#isDraining = true;
    while (this.#hasPending && !signal.aborted) {
      this.pump();
      if (this.#hasPending) await Bun.sleep(DRAIN_POLL_MS);
    }
  }

  async conclude(signal: AbortSignal): Promise<void> {
    const { introduction } = this.#parts;
    // What is still queued is lost: no event may follow.
    this.#hasBegun = false;
    if (!this.#destination.isOpen) return;
    const { line, event } = introduction;
    const copies = this.#destination.lastLineCopies ?? 1;
    for (let left = copies, tries = 0; left > 0 && tries < MAX_LAST_TRIES; tries++) {
      if (tries > 0 && !signal.aborted) await Bun.sleep(COPY_INTERVAL_MS);
      if (this.#destination.transmitMetadata(line, event) === "sent") left--;
    }
  }

  abandon(): number {
    this.#hasBegun = false;
    this.#clock.clearTimer(this.#retryTimer);
    this.#endLinger();
    return this.#parts.queue.length;
  }

  get #mayWait(): boolean {
    return !this.#isFlushing && !this.#isDraining && (this.#destination.lingerMs ?? 0) > 0;
  }

  /** Has lines that wait for others leave when their time is up. */
  #linger(): void {
    this.#lingerTimer ??= this.#clock.setTimer(() => this.#flush(), this.#destination.lingerMs!);
  }

  #flush(): void {
    this.#isFlushing = true;
    this.pump();
  }

  #endLinger(): void {
    this.#isFlushing = false;
    this.#clock.clearTimer(this.#lingerTimer);
    this.#lingerTimer = undefined;
  }

  get #canSend(): boolean {
    return this.#hasBegun && !this.#isBlocked && this.#destination.isOpen;
  }

  /** Metadata that cannot leave is not waited for: nobody knows until when. */
  get #hasPending(): boolean {
    return !this.#parts.queue.isEmpty || (this.#parts.introduction.isDue && !this.#isUnknown);
  }

  /** Sends the lines, the first of the queue, and takes them out of it. @returns Whether there was room for all. */
  #transmit(lines: LineView): boolean {
    const { queue, backpressure, counters, introduction } = this.#parts;
    const { length } = lines;
    const { exported } = counters;
    const handled = this.#destination.transmit(lines, this.#mayWait && lines === queue && queue.hasRoom);
    queue.shift(handled);
    if (handled > 0) backpressure.progress();
    // The refusal was about the metadata, then, and events must not suffer for it.
    if (lines === this.#firstLine && counters.exported > exported) introduction.postpone();
    return handled === length;
  }

  /** @returns Whether events may follow. */
  #introduce(): boolean {
    const { introduction } = this.#parts;
    if (!introduction.isDue) return true;
    introduction.renew();
    const { line, event } = introduction;
    const fate = this.#destination.transmitMetadata(line, event);
    this.#isUnknown = fate === "unreachable" || fate === "refused";
    if (fate === "sent") introduction.done(true);
    else if (fate === "full") this.#isBlocked = true;
    else this.#retryLater();
    if (fate === "unreachable") this.#dropAll();
    return fate === "sent" || fate === "refused";
  }

  /** What no event could reach when the metadata was tried must not be reached by one before it. */
  #dropAll(): void {
    const { queue, ledger, backpressure, log, name } = this.#parts;
    const { length } = queue;
    if (length === 0) return;
    const repeated = this.#lostLog.pass();
    const fields = { exporter: name, destination: this.#destination.description, events: length };
    if (repeated !== undefined)
      log.warn("Cannot send a datagram: nothing can leave", { ...fields, ...repeated });
    ledger.lost(length);
    for (let i = 0; i < length; i++) ledger.passed(queue, i);
    queue.shift(length);
    backpressure.progress();
  }

  #retryLater(): void {
    if (this.#retryTimer !== undefined) return;
    this.#retryTimer = this.#clock.setTimer(() => {
      this.#retryTimer = undefined;
      this.#parts.introduction.resume();
      this.pump();
    }, METADATA_RETRY_MS);
  }
}
