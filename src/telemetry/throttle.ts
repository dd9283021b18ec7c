/** @module Keeps a repeated log line from filling the log. */

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
   * @returns How many were held back since the last one that passed, or -1 when this one is held back too.
   */
  pass(): number {
    const now = this.#now();
    if (now < this.#next) {
      this.#held++;
      return -1;
    }
    const held = this.#held;
    this.#held = 0;
    this.#next = now + this.#intervalMs;
    return held;
  }
}
