/** @module Times of records: that of the event, out of its text, and the present, both as words of a number of 64 bits. */
import type { SliceableBuffer } from "../../../lib/bytes.ts";

/** `2026-11-30T05:31:45` */
const SECOND_BYTES = 19;
const [DOT, ZERO, Z] = [0x2e, 0x30, 0x5a];
const MOST_DIGITS = 9;
const WORD = 0x1_0000_0000;
const MILLION = 1_000_000n;

/** A number of 64 bits. */
class Words {
  low = 0;
  high = 0;

  set(value: bigint): void {
    this.low = Number(value & 0xffff_ffffn);
    this.high = Number(value >> 32n);
  }
}

/** The times of one record after the other, nanoseconds since 1970. */
export class RecordTime {
  /** When the event was. */
  low = 0;
  high = 0;
  readonly #memory: SliceableBuffer;
  readonly #now: () => number;
  readonly #second = new Words();
  readonly #observed = new Words();
  #text = "";
  #milliseconds = -1;

  /** @param now Milliseconds since 1970. */
  constructor(memory: SliceableBuffer, now: () => number) {
    this.#memory = memory;
    this.#now = now;
  }

  /** Takes up the time of an event: a text with its quotes in `[start, end)`. @returns Whether it is of UTC. */
  take(start: number, end: number): boolean {
    const memory = this.#memory;
    if (memory[end - 2] !== Z) return false;
    const fraction = start + 1 + SECOND_BYTES;
    const text = memory.latin1Slice(start + 1, fraction);
    if (text !== this.#text) {
      this.#text = text;
      this.#second.set(BigInt(Date.parse(`${text}Z`)) * MILLION);
    }
    let nanoseconds = 0;
    let digits = 0;
    if (memory[fraction] === DOT)
      for (let at = fraction + 1; at < end - 2 && digits < MOST_DIGITS; at++, digits++)
        nanoseconds = nanoseconds * 10 + memory[at]! - ZERO;
    for (; digits < MOST_DIGITS; digits++) nanoseconds *= 10;
    const low = this.#second.low + nanoseconds;
    this.low = low >>> 0;
    this.high = this.#second.high + Number(low >= WORD);
    return true;
  }

  /** When the record was made. */
  observed(): Words {
    const now = this.#now();
    if (now !== this.#milliseconds) {
      this.#milliseconds = now;
      this.#observed.set(BigInt(now) * MILLION);
    }
    return this.#observed;
  }
}
