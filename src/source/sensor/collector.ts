/** @module Gives memory back while events are many. */
import { fullGC } from "bun:jsc";

/**
 * Bytes of records after which it is time. Text is written into a buffer that stays; a process that has ended leaves a
 * few hundred bytes behind, one whose program was decoded some thousands.
 */
const GARBAGE_LIMIT = 4 << 20;
/** While records wait, collections may take this part of the time, as one in so many. */
const DUTY = 8;
/** Processes that ran already after whose events memory is given back. */
const COLLECTED_AFTER = 1024;
/** The second one finds what the first took for in use, the third gives its pages back. */
const COLLECTIONS_AFTER_START = 3;

/**
 * Collects after so many events. Left to itself the collector lets the heap grow to several times what is in
 * use, and a burst of ends, which leaves ten thousand processes behind, to more than that.
 */
export class Collector {
  #collectedAt = 0;
  #notBefore = 0;
  #due = 0;

  /**
   * Collects now and then while what procfs showed of thousands of processes becomes events.
   * @param count Processes so far.
   */
  collectAtStart(count: number): void {
    if (count % COLLECTED_AFTER === 0) this.#collectAll();
  }

  /**
   * Has {@link collectDue} collect in the next seconds: what was just in use is not garbage at once.
   * @param count Processes that procfs showed.
   */
  collectLater(count: number): void {
    if (count >= COLLECTED_AFTER) this.#due = COLLECTIONS_AFTER_START;
  }

  /** Whether {@link collectDue} has something to do. */
  get isDue(): boolean {
    return this.#due > 0;
  }

  /** To be called once a second. */
  collectDue(): void {
    if (this.#due === 0) return;
    this.#due--;
    this.#collectAll();
  }

  /**
   * Collects if it is time.
   * @param bytes Of all records so far.
   * @param isPressed Whether records wait, so that a pause comes at a bad time.
   */
  collect(bytes: number, isPressed: boolean): void {
    if (bytes - this.#collectedAt < GARBAGE_LIMIT) return;
    const began = performance.now();
    if (isPressed && began < this.#notBefore) return;
    this.#collectedAt = bytes;
    // Bun.gc would throw compiled code away too.
    fullGC();
    const ended = performance.now();
    this.#notBefore = ended + (ended - began) * DUTY;
  }

  #collectAll(): void {
    // Unlike fullGC, this gives pages back to the kernel; there is hardly any compiled code yet that it would throw away.
    Bun.gc(true);
  }
}
