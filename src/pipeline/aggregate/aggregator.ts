/**
 * @module Identical events within a window leave as one, with the number of them.
 *
 * Two events are identical when their JSON text is, but for the time at which they happened. The first one
 * leaves when the window ends.
 */
import type { JsonObject } from "../../lib/json/object.ts";
import type { AggregationSettings, HeldRoom } from "../settings.ts";

/** What became of an event. */
export type AggregationResult =
  /** It waits for the end of the window. */
  | "held"
  /** It counts towards one that waits. */
  | "merged"
  /** The aggregator does not handle it, or has no room: it passes. */
  | "passed";

/** Characters of text that are held at most, whatever the number of events. */
export const MAX_HELD_LENGTH = 16 * 1024 * 1024;

interface HeldEvent {
  readonly text: string;
  count: number;
}

/** Holds the events of one window. */
export class Aggregator {
  readonly #settings: AggregationSettings;
  readonly #room: HeldRoom;
  #held = new Map<string, HeldEvent>();
  /** What was taken of the room. */
  #heldLength = 0;
  #windowEnd: number;
  /** Events of windows that have ended. */
  #due: Iterator<HeldEvent>[] = [];

  /** @param now Milliseconds. */
  constructor(settings: AggregationSettings, now: number) {
    this.#settings = settings;
    this.#room = settings.room ?? { left: MAX_HELD_LENGTH };
    this.#windowEnd = now + settings.windowMs;
  }

  /** Takes an event. @param text Its JSON text, without a newline. */
  add(event: JsonObject, text: string): AggregationResult {
    if ("aggregation_info" in event || "rate_limit_info" in event) return "passed";
    const key = keyOf(event, text);
    const held = this.#held.get(key);
    if (held !== undefined) {
      held.count++;
      return "merged";
    }
    const length = key.length + text.length;
    if (this.#held.size >= this.#settings.bufferSize || length > this.#room.left) {
      return "passed";
    }
    this.#held.set(key, { text, count: 1 });
    this.#room.left -= length;
    this.#heldLength += length;
    return "held";
  }

  /** Ends the window if its time has come. */
  endDueWindow(now: number): void {
    const { windowMs } = this.#settings;
    // A clock that was set back must not hold events for longer than a window.
    if (now < this.#windowEnd - windowMs) this.#windowEnd = now + windowMs;
    if (now < this.#windowEnd) return;
    this.#windowEnd += (Math.floor((now - this.#windowEnd) / windowMs) + 1) * windowMs;
    this.endWindow();
  }

  /** Ends the window at once. */
  endWindow(): void {
    if (this.#held.size === 0) return;
    this.#due.push(this.#held.values());
    this.#held = new Map();
    this.#giveBack();
  }

  /** Lets go of everything. Nothing may be added after that. */
  close(): void {
    this.#held = new Map();
    this.#due = [];
    this.#giveBack();
  }

  #giveBack(): void {
    this.#room.left += this.#heldLength;
    this.#heldLength = 0;
  }

  /** The text of the next event whose window has ended. */
  next(): string | undefined {
    for (let window = this.#due[0]; window !== undefined; window = this.#due[0]) {
      const { value, done } = window.next();
      if (done !== true) return withCount(value);
      this.#due.shift();
    }
    return undefined;
  }
}

/**
 * The text without the event's time: the last string that equals it. An inner field that has the same value
 * may be what is cut; then the event's own time stays, and the event is like no other.
 */
function keyOf({ time }: JsonObject, text: string): string {
  if (typeof time !== "string" || time === "") return text;
  const at = text.lastIndexOf(`"${time}"`);
  return at === -1 ? text : text.slice(0, at) + text.slice(at + time.length + 2);
}

/** Adds the count to the text, which is not parsed again: its numbers keep their digits. */
function withCount({ text, count }: HeldEvent): string {
  if (count === 1) return text;
  return `${text.slice(0, text.lastIndexOf("}"))},"aggregation_info":{"count":"${count}"}}`;
}
