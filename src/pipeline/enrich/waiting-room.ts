/**
 * @module Events that wait for an answer, bounded in number, bytes and time, those of each process in order.
 *
 * What happens to a process while something of it waits waits behind that, so that its start leaves before its end. Other
 * processes are not held up. What may go on is due until it is taken.
 */
import type { JsonObject } from "../../lib/json/object.ts";
import type { Enricher, Enrichment } from "./enricher.ts";
import { sizeOf } from "./size.ts";

/** Why an event goes on without what it waited for. */
export type GivenUp = "timeout" | "full";

/** What {@link WaitingRoom} is made of. */
export interface EnrichSettings {
  /** Asked in this order. */
  readonly enrichers: readonly Enricher[];
  /** Milliseconds that an event waits at most. */
  readonly timeoutMs: number;
  /** Events that wait at most, and bytes that these take, about. */
  readonly maxEvents: number;
  readonly maxBytes: number;
  /** Called for each event that goes on without what it waited for. */
  readonly onGivenUp: (reason: GivenUp) => void;
  /** Called when an answer has come: it is time to {@link WaitingRoom.settle}. */
  readonly onAnswer: () => void;
}

/** Called with an error of an enricher, which took an event that waited with it. */
export type OnEnrichError = (error: unknown) => void;

/** An event that waits, or waits behind one that does. */
interface WaitingEvent {
  readonly event: JsonObject;
  readonly size: number;
  readonly deadline: number;
  /** The enricher that is to be asked next. */
  next: number;
}

/** What has become of an event: it waits, or goes on at once, changed or not. */
export type Admission = "held" | "changed" | "unchanged";

/** Holds events back. Times are milliseconds. */
export class WaitingRoom {
  readonly #settings: EnrichSettings;
  readonly #onError: OnEnrichError;
  /** By process, in the order in which the first event of each came. */
  readonly #queues = new Map<number, WaitingEvent[]>();
  /** Questions that somebody waits for. */
  readonly #asked = new WeakSet<Promise<unknown>>();
  /** Events that may go on, and their processes: what follows of these goes behind them. */
  #due: JsonObject[] = [];
  readonly #dueProcesses = new Set<number>();
  #taken = 0;
  #count = 0;
  #bytes = 0;
  #last = Number.NEGATIVE_INFINITY;

  constructor(settings: EnrichSettings, onError: OnEnrichError) {
    this.#settings = settings;
    this.#onError = onError;
  }

  /** Events that wait, those that are due left out. */
  get count(): number {
    return this.#count;
  }

  /** Bytes that they take, about. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether {@link take} has something. */
  get isDue(): boolean {
    return this.#taken < this.#due.length;
  }

  /**
   * Takes an event.
   * @param process The pid of the process that it is about.
   * @throws What an enricher throws; then nothing is held.
   */
  add(process: number, event: JsonObject, now: number): Admission {
    const { timeoutMs } = this.#settings;
    const queue = this.#queues.get(process);
    if (queue === undefined && !this.#dueProcesses.has(process)) {
      const first = this.#askFrom(event, 0);
      if (first.next === DONE) return first.isChanged ? "changed" : "unchanged";
      const entry = { event, size: sizeOf(event), deadline: now + timeoutMs, next: first.next };
      if (this.#hasRoom(entry)) return this.#hold(process, entry);
      this.#settings.onGivenUp("full");
      return first.isChanged ? "changed" : "unchanged";
    }
    const entry = { event, size: sizeOf(event), deadline: now + timeoutMs, next: 0 };
    if (this.#hasRoom(entry)) {
      if (queue === undefined) this.#queues.set(process, []);
      return this.#hold(process, entry);
    }
    // Its process's events leave before it, or they would not be in order.
    for (const earlier of queue ?? []) this.#giveUp(process, earlier, "full");
    this.#queues.delete(process);
    this.#settings.onGivenUp("full");
    this.#leave(process, event);
    return "held";
  }

  /** Makes due what has its answer, and what has waited too long. */
  settle(now: number): void {
    // A clock that was set back must not hold events for longer than the time-out.
    if (now < this.#last) this.#setBack(this.#last - now);
    this.#last = now;
    for (const [process, queue] of this.#queues) {
      let done = 0;
      while (done < queue.length && this.#settleEntry(process, queue[done]!, now)) done++;
      if (done === queue.length) this.#queues.delete(process);
      else if (done > 0) queue.splice(0, done);
    }
  }

  /** Makes everything due as it is: there is no more time. */
  giveUpAll(): void {
    for (const [process, queue] of this.#queues) {
      for (const entry of queue) this.#giveUp(process, entry, "timeout");
    }
    this.#queues.clear();
  }

  /** The next event that may go on. */
  take(): JsonObject | undefined {
    const event = this.#due[this.#taken];
    if (event !== undefined) {
      this.#taken++;
      return event;
    }
    this.#due = [];
    this.#taken = 0;
    this.#dueProcesses.clear();
    return undefined;
  }

  #hasRoom({ size }: WaitingEvent): boolean {
    const { maxEvents, maxBytes } = this.#settings;
    return this.#count < maxEvents && this.#bytes + size <= maxBytes;
  }

  #hold(process: number, entry: WaitingEvent): "held" {
    this.#count++;
    this.#bytes += entry.size;
    const queue = this.#queues.get(process);
    if (queue === undefined) this.#queues.set(process, [entry]);
    else queue.push(entry);
    return "held";
  }

  #forget(entry: WaitingEvent): void {
    this.#count--;
    this.#bytes -= entry.size;
  }

  #leave(process: number, event: JsonObject): void {
    this.#due.push(event);
    this.#dueProcesses.add(process);
  }

  #giveUp(process: number, entry: WaitingEvent, reason: GivenUp): void {
    this.#settings.onGivenUp(reason);
    this.#forget(entry);
    this.#leave(process, entry.event);
  }

  /** @returns Whether the event waits no longer: it is due, or an error has taken it. */
  #settleEntry(process: number, entry: WaitingEvent, now: number): boolean {
    try {
      if (!this.#isOver(entry, now)) return false;
      this.#leave(process, entry.event);
    } catch (error) {
      this.#onError(error);
    }
    this.#forget(entry);
    return true;
  }

  /** Whether all enrichers have answered, or there is no more time. */
  #isOver(entry: WaitingEvent, now: number): boolean {
    entry.next = this.#askFrom(entry.event, entry.next).next;
    if (entry.next === DONE) return true;
    if (now < entry.deadline) return false;
    this.#settings.onGivenUp("timeout");
    // Those behind the one that does not answer may have something to add at once.
    while (entry.next !== DONE) entry.next = this.#askFrom(entry.event, entry.next + 1).next;
    return true;
  }

  /** Asks enrichers from number `next` on. @returns The number of the first that does not know yet, and what it did. */
  #askFrom(event: JsonObject, next: number): { readonly next: number; readonly isChanged: boolean } {
    const { enrichers } = this.#settings;
    let isChanged = false;
    for (let i = next; i < enrichers.length; i++) {
      const answer: Enrichment = enrichers[i]!.enrich(event);
      if (answer === "added") isChanged = true;
      else if (answer !== "nothing") {
        this.#await(answer);
        return { next: i, isChanged };
      }
    }
    return { next: DONE, isChanged };
  }

  #await(question: Promise<unknown>): void {
    if (this.#asked.has(question)) return;
    this.#asked.add(question);
    question.then(this.#settings.onAnswer, this.#settings.onAnswer);
  }

  #setBack(by: number): void {
    for (const queue of this.#queues.values()) {
      for (let i = 0; i < queue.length; i++) queue[i] = { ...queue[i]!, deadline: queue[i]!.deadline - by };
    }
  }
}

/** In the place of an enricher's number: all have answered. */
const DONE = -1;
