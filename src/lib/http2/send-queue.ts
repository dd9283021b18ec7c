/** @module What one stream has to send. */
import { payloadAt } from "./data-frames.ts";
import { FRAME_HEAD_BYTES } from "./protocol.ts";

/** Bytes that leave one after another. */
export interface SendItem {
  readonly bytes: Uint8Array;
  /** Whether they are frames already. */
  readonly isFramed: boolean;
  /** How far they have left; where they are frames, the head of one. */
  at: number;
  /** Where they are frames, how much of the payload of the one at `at` has left already, in a frame of its own. */
  skip: number;
}

/** The sending side of a stream. */
export class SendQueue {
  readonly stream: number;
  /** How much the peer takes now. It may have made it smaller than nothing. */
  window: number;
  /** Bytes that have not left. */
  waiting = 0;
  /** Whether something had to wait. */
  isBlocked = false;
  /** The header block that ends the stream once everything has left. */
  ending: Uint8Array | undefined;
  /** Takes that everything has left, after something had to wait. */
  onDrain: () => void = () => {};
  /** Takes that the stream has ended on this side. */
  readonly onEnded: () => void;
  readonly #items: SendItem[] = [];

  constructor(stream: number, window: number, onEnded: () => void) {
    this.stream = stream;
    this.window = window;
    this.onEnded = onEnded;
  }

  get first(): SendItem | undefined {
    return this.#items[0];
  }

  push(bytes: Uint8Array, isFramed: boolean): void {
    if (bytes.length === 0) return;
    this.#items.push({ bytes, isFramed, at: 0, skip: 0 });
    this.waiting += bytes.length;
  }

  /** The first item has left as far as `at`, heads of frames included. */
  tookTo(item: SendItem, at: number): void {
    this.waiting -= at - item.at - item.skip;
    item.at = at;
    item.skip = 0;
    if (at === item.bytes.length) this.#items.shift();
  }

  /** So many more bytes of the frame at hand have left. */
  tookPart(item: SendItem, length: number): void {
    if (!item.isFramed) {
      this.tookTo(item, item.at + length);
      return;
    }
    const payload = payloadAt(item.bytes, item.at);
    if (item.skip + length === payload) this.tookTo(item, item.at + FRAME_HEAD_BYTES + payload);
    else {
      item.skip += length;
      this.waiting -= length;
    }
  }

  /** Lets go of what has not left, and never will: it stays counted. */
  abandon(): void {
    this.#items.length = 0;
    this.ending = undefined;
  }
}
