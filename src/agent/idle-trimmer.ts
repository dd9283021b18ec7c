/** @module Decides when the agent is quiet enough to give memory back. */

/** Least time between two releases, milliseconds: what comes back costs a little. */
const INTERVAL_MS = 60_000;

/** Calls `release` once the agent has read nothing between two looks, at most once a minute. */
export class IdleTrimmer {
  readonly #release: () => void;
  #readBefore = 0;
  #isTrimmed = false;
  #notBefore = Number.NEGATIVE_INFINITY;

  constructor(release: () => void) {
    this.#release = release;
  }

  /**
   * Looks at the agent.
   * @param read Events read so far.
   * @param now Milliseconds of a clock that never goes back.
   */
  look(read: number, now: number): void {
    if (read !== this.#readBefore) {
      this.#readBefore = read;
      this.#isTrimmed = false;
      return;
    }
    if (this.#isTrimmed || now < this.#notBefore) return;
    this.#isTrimmed = true;
    this.#notBefore = now + INTERVAL_MS;
    this.#release();
  }
}
