/**
 * @module How much the peer may send: opened again as soon as half of it is used. What comes is never kept here, so that a
 * window is no bound of memory, and never shut.
 */
import { INITIAL_WINDOW } from "./protocol.ts";

const STEP = INITIAL_WINDOW >> 1;

/** A window of a stream or of a connection. */
export class ReceiveWindow {
  #left = INITIAL_WINDOW;

  /** Data has come. @returns By how much the window is to grow again, or 0. */
  take(bytes: number): number {
    this.#left -= bytes;
    if (this.#left > STEP) return 0;
    const increment = INITIAL_WINDOW - this.#left;
    this.#left = INITIAL_WINDOW;
    return increment;
  }
}
