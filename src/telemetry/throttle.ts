/** @module Keeps a repeated log line from filling the log. */

/** What a line that passes says of those that did not. */
export interface Repeated {
  /** How many were held back since the last one; absent when none was. */
  readonly repeated?: number;
}

const NOT_REPEATED: Repeated = {};

/** Lets one line pass per interval and counts those that it held back. */
export class Throttle {
  readonly #intervalMs: number;
  readonly #now: () => number;
  #next = Number.NEGATIVE_INFINITY;
  #held = 0;

  /**
   * @param intervalMs Time between two lines, milliseconds.
   * @param now A clock in milliseconds that never goes back.
   */
  constructor(intervalMs = 10_000, now: () => number = () => performance.now()) {
    this.#intervalMs = intervalMs;
    this.#now = now;
  }

  /**
   * Asks for a line.
   * @returns Fields to add to it, or `undefined` when it is held back.
   */
  pass(): Repeated | undefined {
    const now = this.#now();
    if (now < this.#next) {
      this.#held++;
      return undefined;
    }
    const held = this.#held;
    this.#held = 0;
    this.#next = now + this.#intervalMs;
    return held === 0 ? NOT_REPEATED : { repeated: held };
  }
}
