/** @module Gives back the memory that compiling policies has taken: ten times what is kept of them. */
import { releaseExecutablePages } from "../../../os/memory.ts";

/** Policies that may come one after the other before memory is given back: the heap grows with what they leave. */
const AT_ONCE = 4;
/** The second one finds what the first took for in use, the third gives its pages back. */
const COLLECTIONS = 3;
const INTERVAL_MS = 1000;

/** What is left of policies that were compiled. */
export class Leftovers implements Disposable {
  #policies = 0;
  #due = 0;
  #timer: Timer | undefined;

  /** To be called when a policy has been compiled. */
  add(): void {
    if (++this.#policies % AT_ONCE === 0) Bun.gc(true);
    this.#due = COLLECTIONS;
    this.#wait();
  }

  #wait(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      Bun.gc(true);
      if (--this.#due > 0) this.#wait();
      // The code of the compiler.
      else releaseExecutablePages();
    }, INTERVAL_MS);
    this.#timer.unref();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
