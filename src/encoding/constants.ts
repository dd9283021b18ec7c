/** @module Bytes that many messages have, side by side, so that whoever sends them has few buffers to look up. */

const POOL_BYTES = 16 * 1024;

/** `bytes[start, end)` */
export interface Constant {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** Makes constants. They last as long as somebody has them. */
export class Constants {
  #pool = Buffer.alloc(0);
  #used = 0;

  /** @param text One character a byte. */
  add(text: string): Constant {
    const { length } = text;
    if (this.#used + length > this.#pool.length) {
      this.#pool = Buffer.alloc(Math.max(length, POOL_BYTES));
      this.#used = 0;
    }
    const start = this.#used;
    this.#used += this.#pool.write(text, start, "latin1");
    return { bytes: this.#pool, start, end: this.#used };
  }
}
