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

/** What {@link WaitingRoom} is made of. @typeParam E What an event is. */
export interface EnrichSettings<E = JsonObject> {
  /** Asked in this order. */
  readonly enrichers: readonly Enricher<E>[];
  /** Milliseconds that an event waits at most. */
  readonly timeoutMs: number;
  /** Events that wait at most, and bytes that these take, about. */
  readonly maxEvents: number;
  readonly maxBytes: number;
  /** Bytes that an event takes, about. @default as an object of JSON */
  readonly sizeOf?: (event: E) => number;
  /** Called for each event that goes on without what it waited for. */
  readonly onGivenUp: (reason: GivenUp) => void;
  /** Called when an answer has come: it is time to {@link WaitingRoom.settle}. */
  readonly onAnswer: () => void;
}

/** Called with an error of an enricher, which took an event that waited with it. */
export type OnEnrichError = (error: unknown) => void;

/** An event that waits, or waits behind one that does. */
interface WaitingEvent<E> {
  readonly event: E;
  readonly size: number;
  readonly deadline: number;
  /** The enricher that is to be asked next. */
  next: number;
  /** What it waits for, how many such there have been, and when it was last asked. */
  question: Promise<unknown> | undefined;
  questions: number;
  askedAt: number;
}

/**
 * Questions of one event that are asked as soon as the one before is answered, and as many again up to its deadline. An
 * enricher whose questions fail at once would be asked without end.
 */
const MAX_QUESTIONS = 8;

/** What has become of an event: it waits, or goes on at once, changed or not. */
export type Admission = "held" | "changed" | "unchanged";

/** Holds events back. Times are milliseconds. */
export class WaitingRoom<E = JsonObject> {
  readonly #settings: EnrichSettings<E>;
  readonly #onError: OnEnrichError;
  /** By process, in the order in which the first event of each came. */
  readonly #queues = new Map<number, WaitingEvent<E>[]>();
  /** Questions that somebody waits for. */
  readonly #asked = new WeakSet<Promise<unknown>>();
  /** Events that may go on, and their processes: what follows of these goes behind them. */
  #due: E[] = [];
  readonly #dueProcesses = new Set<number>();
  #taken = 0;
  #count = 0;
  #bytes = 0;
  #last = Number.NEGATIVE_INFINITY;

  constructor(settings: EnrichSettings<E>, onError: OnEnrichError) {
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
  add(process: number, event: E, now: number): Admission {
    const queue = this.#queues.get(process);
    if (queue === undefined && !this.#dueProcesses.has(process)) {
      const first = this.#askFrom(event, 0);
      if (first.next === DONE) return first.isChanged ? "changed" : "unchanged";
      const entry = this.#entry(event, now);
      noteAsked(entry, first, now);
      if (this.#hasRoom(entry)) return this.#hold(process, entry);
      this.#settings.onGivenUp("full");
      return first.isChanged ? "changed" : "unchanged";
    }
    const entry = this.#entry(event, now);
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
  take(): E | undefined {
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

  #entry(event: E, now: number): WaitingEvent<E> {
    const { timeoutMs, sizeOf: size = sizeOf } = this.#settings;
    const deadline = now + timeoutMs;
    return { event, size: size(event), deadline, next: 0, question: undefined, questions: 0, askedAt: now };
  }

  #hasRoom({ size }: WaitingEvent<E>): boolean {
    const { maxEvents, maxBytes } = this.#settings;
    return this.#count < maxEvents && this.#bytes + size <= maxBytes;
  }

  #hold(process: number, entry: WaitingEvent<E>): "held" {
    this.#count++;
    this.#bytes += entry.size;
    const queue = this.#queues.get(process);
    if (queue === undefined) this.#queues.set(process, [entry]);
    else queue.push(entry);
    return "held";
  }

  #forget(entry: WaitingEvent<E>): void {
    this.#count--;
    this.#bytes -= entry.size;
  }

  #leave(process: number, event: E): void {
    this.#due.push(event);
    this.#dueProcesses.add(process);
  }

  #giveUp(process: number, entry: WaitingEvent<E>, reason: GivenUp): void {
    this.#settings.onGivenUp(reason);
    this.#forget(entry);
    this.#leave(process, entry.event);
  }

  /** @returns Whether the event waits no longer: it is due, or an error has taken it. */
  #settleEntry(process: number, entry: WaitingEvent<E>, now: number): boolean {
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
  #isOver(entry: WaitingEvent<E>, now: number): boolean {
    const isLate = now >= entry.deadline;
    const pause = entry.questions < MAX_QUESTIONS ? 0 : this.#settings.timeoutMs / MAX_QUESTIONS;
    if (!isLate && now - entry.askedAt < pause) return false;
    noteAsked(entry, this.#askFrom(entry.event, entry.next), now);
    if (entry.next === DONE) return true;
    if (!isLate) return false;
    this.#settings.onGivenUp("timeout");
    // Those behind the one that does not answer may have something to add at once.
    while (entry.next !== DONE) entry.next = this.#askFrom(entry.event, entry.next + 1).next;
    return true;
  }

  /** Asks enrichers from number `next` on. @returns The number of the first that does not know yet, and what it did. */
  #askFrom(event: E, next: number): Asked {
    const { enrichers } = this.#settings;
    let isChanged = false;
    for (let i = next; i < enrichers.length; i++) {
      const answer: Enrichment = enrichers[i]!.enrich(event);
      if (answer === "added") isChanged = true;
      else if (answer !== "nothing") {
        this.#await(answer);
        return { next: i, isChanged, question: answer };
      }
    }
    return { next: DONE, isChanged, question: undefined };
  }

  #await(question: Promise<unknown>): void {
    if (this.#asked.has(question)) return;
    this.#asked.add(question);
    question.then(this.#settings.onAnswer, this.#settings.onAnswer);
  }

  #setBack(by: number): void {
    for (const queue of this.#queues.values()) {
      for (let i = 0; i < queue.length; i++) {
        const { deadline, askedAt } = queue[i]!;
        queue[i] = { ...queue[i]!, deadline: deadline - by, askedAt: askedAt - by };
      }
    }
  }
}

/** What came of asking. */
interface Asked {
  readonly next: number;
  readonly isChanged: boolean;
  /** Of the one that does not know yet. */
  readonly question: Promise<unknown> | undefined;
}

function noteAsked(entry: WaitingEvent<unknown>, { next, question }: Asked, now: number): void {
  // Of each enricher anew.
  if (next !== entry.next) entry.questions = 0;
  if (question !== entry.question) entry.questions++;
  entry.next = next;
  entry.question = question;
  entry.askedAt = now;
}

/** In the place of an enricher's number: all have answered. */
const DONE = -1;
