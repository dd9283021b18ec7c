/** @module How much the peer may send: opened again when half of it is used. */
import { ERROR, Http2Error, INITIAL_WINDOW } from "./protocol.ts";

const STEP = INITIAL_WINDOW >> 1;

/** A window of a stream or of a connection. */
export class ReceiveWindow {
  #left = INITIAL_WINDOW;

  /** Data has come. @returns By how much the window is to grow again, or 0. @throws Http2Error for more than it had. */
  take(bytes: number): number {
    this.#left -= bytes;
    if (this.#left < 0) throw new Http2Error(ERROR.flowControl, "more data than there is room for");
    if (this.#left > STEP) return 0;
    const increment = INITIAL_WINDOW - this.#left;
    this.#left = INITIAL_WINDOW;
    return increment;
  }
}
