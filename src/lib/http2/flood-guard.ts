/** @module Floods: what costs a peer little to send, and its server something to take. */
import { Budget } from "./budget.ts";

/**
 * Settings, pings, windows, empty frames. A client may have reason for a few of them with each frame of data that it gets:
 * Go's measures its way with a ping a frame.
 */
const CONTROL = { burst: 2000, perSecond: 100 };
const CONTROL_PER_DATA_FRAME = 10;
/** Streams that end by the peer's RST_STREAM, or are refused: what node's HTTP/2 allows as well. */
const RESETS = { burst: 1000, perSecond: 33 };

/** What one connection may still send. */
export class FloodGuard {
  readonly #control: Budget;
  readonly #resets: Budget;
  #framesSent = 0;

  /** @param now Milliseconds. */
  constructor(now: number) {
    this.#control = new Budget("frames that ask for nothing", { ...CONTROL, now });
    this.#resets = new Budget("streams that come to nothing", { ...RESETS, now });
  }

  /** Time has passed, and frames of data have been sent. @param framesSent Of all time. */
  advance(now: number, framesSent: number): void {
    this.#control.refill(now);
    this.#resets.refill(now);
    this.#control.give((framesSent - this.#framesSent) * CONTROL_PER_DATA_FRAME);
    this.#framesSent = framesSent;
  }

  /** A frame that asks for nothing. @throws Http2Error `ENHANCE_YOUR_CALM` for too many. */
  noteControl(): void {
    this.#control.spend();
  }

  /** A stream that comes to nothing. @throws Http2Error `ENHANCE_YOUR_CALM` for too many. */
  noteReset(): void {
    this.#resets.spend();
  }
}
