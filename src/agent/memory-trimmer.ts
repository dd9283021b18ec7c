/** @module Decides when the agent gives memory back. */

/** Least time between two releases, milliseconds: what is needed again costs a little to come back. */
const INTERVAL_MS = 60_000;

/**
 * Calls `release` at its first look, when the start and the compilers have left behind what they needed, and then once
 * a minute unless nothing has been read since.
 */
export class MemoryTrimmer {
  readonly #release: () => void;
  #readBefore = -1;
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
    if (now < this.#notBefore || read === this.#readBefore) return;
    this.#readBefore = read;
    this.#notBefore = now + INTERVAL_MS;
    this.#release();
  }
}
