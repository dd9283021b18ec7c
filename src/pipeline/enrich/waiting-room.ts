/**
 * @module Events that wait for an answer, bounded in number, bytes and time, each process's in order.
 *
 * What waits is kept by process: what happens to a process while something of it waits waits behind that, so that its
 * start leaves before its end. Other processes are not held up.
 */
import type { JsonObject } from "../../lib/json/object.ts";
import type { Enricher, EnrichLimits } from "./enricher.ts";
import { sizeOf } from "./size.ts";

/** Why an event went on without what it waited for. */
export type GivenUp = "timeout" | "full";

/** What a {@link WaitingRoom} is made of. */
export interface WaitingRoomSettings {
  readonly enrichers: readonly Enricher[];
  readonly limits: EnrichLimits;
  /** Takes an event that may go on, in the order of its process. */
  readonly release: (event: JsonObject, isChanged: boolean) => void;
  /** Told of each event that goes on without what it waited for. */
  readonly onGivenUp: (reason: GivenUp) => void;
  /** Called when an answer has come: {@link WaitingRoom.settle} may release something. */
  readonly onAnswer: () => void;
}

/** An event that waits, or waits behind one that does. */
interface WaitingEvent {
  readonly event: JsonObject;
  readonly size: number;
  readonly deadline: number;
  /** The enricher that is to be asked next. */
  next: number;
  isChanged: boolean;
}

/** What an event waits for: the process that it is about. */
export type ProcessKey = number;

/** Holds events back. All times are milliseconds, of any clock that only goes forward. */
export class WaitingRoom {
  readonly #settings: WaitingRoomSettings;
  /** In the order in which the first event of each came. */
  readonly #queues = new Map<ProcessKey, WaitingEvent[]>();
  /** Questions that somebody waits for. */
  readonly #asked = new WeakSet<Promise<unknown>>();
  #count = 0;
  #bytes = 0;
  #hasAnswers = false;

  constructor(settings: WaitingRoomSettings) {
    this.#settings = settings;
  }

  /** Events that wait. */
  get count(): number {
    return this.#count;
  }

  /** Bytes that they take, about. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether an answer has come since {@link settle}. */
  get hasAnswers(): boolean {
    return this.#hasAnswers;
  }

  /** Whether something of the process waits. */
  has(process: ProcessKey): boolean {
    return this.#queues.has(process);
  }

  /**
   * Takes an event.
   * @returns `"held"`, or what has become of an event that need not wait: it is to go on at once.
   */
  add(process: ProcessKey, event: JsonObject, now: number): "held" | "changed" | "unchanged" {
    const entry = { event, size: 0, deadline: now + this.#settings.limits.timeoutMs, next: 0, isChanged: false };
    const queue = this.#queues.get(process);
    if (queue === undefined && this.#ask(entry)) return entry.isChanged ? "changed" : "unchanged";
    return this.#hold(process, queue, { ...entry, size: sizeOf(event) });
  }

  /** Releases what has its answer, and what has waited too long. */
  settle(now: number): void {
    this.#hasAnswers = false;
    for (const [process, queue] of this.#queues) this.#drain(process, queue, now);
  }

  /** Releases everything as it is, counted as `timeout`: there is no more time. */
  releaseAll(): void {
    for (const [process, queue] of this.#queues) this.#giveUp(process, queue, "timeout");
  }

  #hold(process: ProcessKey, queue: WaitingEvent[] | undefined, entry: WaitingEvent): "held" | "changed" | "unchanged" {
    const { maxEvents, maxBytes } = this.#settings.limits;
    if (this.#count >= maxEvents || this.#bytes + entry.size > maxBytes) {
      // Its process's events leave before it, or they would not be in order.
      if (queue !== undefined) this.#giveUp(process, queue, "full");
      this.#settings.onGivenUp("full");
      return entry.isChanged ? "changed" : "unchanged";
    }
    this.#count++;
    this.#bytes += entry.size;
    if (queue === undefined) this.#queues.set(process, [entry]);
    else queue.push(entry);
    return "held";
  }

  /** Asks the enrichers that have not answered yet. @returns Whether all have. */
  #ask(entry: WaitingEvent): boolean {
    const { enrichers } = this.#settings;
    while (entry.next < enrichers.length) {
      const answer = enrichers[entry.next]!.enrich(entry.event);
      if (typeof answer !== "string") {
        this.#await(answer);
        return false;
      }
      if (answer === "added") entry.isChanged = true;
      entry.next++;
    }
    return true;
  }

  #await(question: Promise<unknown>): void {
    if (this.#asked.has(question)) return;
    this.#asked.add(question);
    const answer = (): void => {
      this.#hasAnswers = true;
      this.#settings.onAnswer();
    };
    question.then(answer, answer);
  }

  #drain(process: ProcessKey, queue: WaitingEvent[], now: number): void {
    let done = 0;
    for (const entry of queue) {
      if (!this.#ask(entry)) {
        if (now < entry.deadline) break;
        this.#skip(entry);
      }
      done++;
      this.#release(entry);
    }
    if (done === queue.length) this.#queues.delete(process);
    else if (done > 0) queue.splice(0, done);
  }

  /** Asks those behind the one that does not answer, who may have something to add at once. */
  #skip(entry: WaitingEvent): void {
    this.#settings.onGivenUp("timeout");
    do entry.next++;
    while (!this.#ask(entry));
  }

  #giveUp(process: ProcessKey, queue: readonly WaitingEvent[], reason: GivenUp): void {
    this.#queues.delete(process);
    for (const entry of queue) {
      this.#settings.onGivenUp(reason);
      this.#release(entry);
    }
  }

  #release(entry: WaitingEvent): void {
    this.#count--;
    this.#bytes -= entry.size;
    this.#settings.release(entry.event, entry.isChanged);
  }
}
