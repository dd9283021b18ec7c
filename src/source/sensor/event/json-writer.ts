/** @module Writes JSON as bytes, without strings in between. */

/** UTF-8 needs at most so many bytes for each UTF-16 unit. */
const MAX_BYTES_PER_UNIT = 3;
/** Digits of the numbers below 2^31. */
const MAX_DIGITS = 10;
/** Bytes that are copied sooner than the runtime's own way of copying begins. */
const LONGEST_LOOP = 24;
const ZERO = 0x30;

const encoder = new TextEncoder();

/** UTF-8 bytes of a JSON text, to be written by {@link JsonWriter.raw}. */
export function json(text: string): Uint8Array {
  return encoder.encode(text);
}

/** The three digits of each number below 1000, one after the other. */
const TRIPLETS = json(Array.from({ length: 1000 }, (_, number) => String(number).padStart(3, "0")).join(""));

/** A text that grows at its end. */
export class JsonWriter {
  /** `bytes[0, end)` is what was written. Another array after it had to grow. */
  bytes: Uint8Array;
  end = 0;

  /** @param capacity Bytes that are expected. */
  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity);
  }

  /** Adds bytes of JSON as they are. */
  raw(text: Uint8Array): void {
    const { length } = text;
    this.#reserve(length);
    const { bytes, end } = this;
    if (length > LONGEST_LOOP) bytes.set(text, end);
    else for (let i = 0; i < length; i++) bytes[end + i] = text[i]!;
    this.end = end + length;
  }

  /** Adds one byte. */
  byte(value: number): void {
    this.#reserve(1);
    this.bytes[this.end++] = value;
  }

  /** Adds a string of JSON as it is. */
  text(text: string): void {
    this.#reserve(text.length * MAX_BYTES_PER_UNIT);
    this.end += encoder.encodeInto(text, this.bytes.subarray(this.end)).written;
  }

  /** Adds an integer that is at least 0 and below 2^31. */
  number(value: number): void {
    this.#reserve(MAX_DIGITS);
    const { bytes } = this;
    let digits = 1;
    for (let limit = 10; value >= limit; limit *= 10) digits++;
    const start = this.end;
    this.end = start + digits;
    let rest = value | 0;
    for (let at = this.end - 1; at >= start; at--) {
      const tenth = (rest / 10) | 0;
      bytes[at] = ZERO + rest - tenth * 10;
      rest = tenth;
    }
  }

  /** Adds an integer below 1000, with zeroes before it: three digits. */
  triplet(value: number): void {
    this.#reserve(3);
    const { bytes, end } = this;
    const from = value * 3;
    bytes[end] = TRIPLETS[from]!;
    bytes[end + 1] = TRIPLETS[from + 1]!;
    bytes[end + 2] = TRIPLETS[from + 2]!;
    this.end = end + 3;
  }

  #reserve(size: number): void {
    const needed = this.end + size;
    if (needed <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    larger.set(this.bytes.subarray(0, this.end));
    this.bytes = larger;
  }
}
