/** @module The processes that ended last. */

/**
 * How many are remembered. Between the two records of one end the kernel takes a process's memory apart, which may take
 * a tenth of a second.
 */
const CAPACITY = 1024;

/**
 * Knows whether the end of a process was reported already: before Linux 6.16 the tracepoint does not say which thread
 * is the last, and two that end at the same time may both look like it.
 */
export class RecentExits {
  readonly #pids = new Uint32Array(CAPACITY);
  readonly #startsHigh = new Uint32Array(CAPACITY);
  readonly #startsLow = new Uint32Array(CAPACITY);
  #next = 0;

  /** Remembers a process by pid and start. */
  add(pid: number, startHigh: number, startLow: number): void {
    this.#pids[this.#next] = pid;
    this.#startsHigh[this.#next] = startHigh;
    this.#startsLow[this.#next] = startLow;
    this.#next = (this.#next + 1) % CAPACITY;
  }

  /** Whether it is one of the last. */
  has(pid: number, startHigh: number, startLow: number): boolean {
    return this.#pids.some(
      (known, index) =>
        known === pid && this.#startsHigh[index] === startHigh && this.#startsLow[index] === startLow,
    );
  }
}
