/** @module Gives back the memory that compiling policies has taken: ten times what is kept of them. */
import { releaseExecutablePages } from "../../../os/memory.ts";

/** Places in the kernel that may be compiled one after the other before memory is given back: the heap grows with what they leave. */
const PLACES_AT_ONCE = 20;
/** What is done in the seconds after: each finds what the one before took for in use, or gives its pages back. */
const COLLECTIONS = 3;
const INTERVAL_MS = 1000;
/** Least time between two of the times in which compiled code is given up, since that of events has to be compiled anew as well. */
const CODE_INTERVAL_MS = 60_000;

/** What is left of policies that were compiled. */
export class Leftovers implements Disposable {
  #places = 0;
  #due = 0;
  #keepsCodeUntil = Number.NEGATIVE_INFINITY;
  #timer: Timer | undefined;

  /** To be called for each place that is compiled. */
  addPlace(): void {
    if (++this.#places % PLACES_AT_ONCE === 0) Bun.gc(true);
  }

  /** To be called when policies have been compiled. */
  settle(): void {
    this.#due = COLLECTIONS;
    this.#wait(INTERVAL_MS);
  }

  #wait(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#collect(), milliseconds);
    this.#timer.unref();
  }

  #collect(): void {
    Bun.gc(true);
    if (--this.#due === 0) {
      releaseExecutablePages();
      return;
    }
    const now = performance.now();
    // The compiler's code, and the runtime's forms of it, are three quarters of what the first policy takes.
    if (this.#due === 1 && now >= this.#keepsCodeUntil) {
      this.#keepsCodeUntil = now + CODE_INTERVAL_MS;
      Bun.shrink();
    }
    this.#wait(INTERVAL_MS);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
