/** @module Reads records where they lie. */
import type { Fields, RecordLayout, Segments } from "./layout.ts";

type FieldValue<T> = T extends "u64" ? bigint : number;

/** Names of the fields that are 64 bits wide. */
type WideName<F extends Fields> = { [K in keyof F & string]: F[K] extends "u64" ? K : never }[keyof F &
  string];

/**
 * A window on one record at a time: a property for each field, and for each segment its bytes, which are a
 * view of the same memory. Nothing is decoded before it is asked for.
 *
 * A `u64` is a `bigint`; where that costs too much, `name_high` and `name_low` are its halves.
 */
export type RecordView<F extends Fields, S extends Segments> = {
  readonly [K in keyof F]: FieldValue<F[K]>;
} & {
  readonly [K in WideName<F> as `${K}_high` | `${K}_low`]: number;
} & {
  readonly [K in keyof S]: Uint8Array;
} & {
  /** Moves the window to the record that begins at `offset`. */
  at(offset: number): RecordView<F, S>;
  /**
   * A hash of the record's bytes from `field` on, 32 bits wide. Here and below the field must be one of 4 or 8 bytes.
   */
  hashFrom(field: keyof F): number;
  /** A copy of those bytes, for {@link equalsFrom}. */
  copyFrom(field: keyof F): RecordCopy;
  /** Whether those bytes are the ones of a copy. */
  equalsFrom(field: keyof F, copy: RecordCopy): boolean;
};

/** What was the end of a record. The last word is filled up with zeroes. */
export interface RecordCopy {
  readonly words: Int32Array;
  /** Length in bytes. */
  readonly size: number;
}

/** The view of a layout's records. */
export type ViewOf<L> = L extends RecordLayout<infer F, infer S> ? RecordView<F, S> : never;

/** Where the record begins that a view shows. A symbol, since a field may have any name. */
const POSITION = Symbol("position");

interface Cursor {
  [POSITION]: number;
}

const GETTERS = {
  1: (data: DataView, offset: number) => data.getUint8(offset),
  2: (data: DataView, offset: number) => data.getUint16(offset, true),
  4: (data: DataView, offset: number) => data.getUint32(offset, true),
  8: (data: DataView, offset: number) => data.getBigUint64(offset, true),
} as const;

/**
 * A view of `memory` for records of `layout`, which must begin at a multiple of 8, as in a ring buffer. It reads the
 * machine's byte order, which is little-endian.
 */
export function createRecordView<F extends Fields, S extends Segments>(
  layout: RecordLayout<F, S>,
  memory: ArrayBuffer,
): RecordView<F, S> {
  const data = new DataView(memory);
  const bytes = new Uint8Array(memory);
  const words = new Int32Array(memory, 0, memory.byteLength >>> 2);
  const segments = Object.entries(layout.segments);
  const lengthWords = Int32Array.from(segments, ([, { lengthOffset }]) => lengthOffset >>> 2);
  const startOf = (offset: number, field: keyof F): number => offset + layout.fields[field].offset;
  /** Where segment `index` of the record at `offset` begins. */
  const segmentStart = (offset: number, index: number): number => {
    let start = offset + layout.headerSize;
    for (let i = 0; i < index; i++) start += words[(offset >>> 2) + lengthWords[i]!]!;
    return start;
  };
  const endOf = (offset: number): number => segmentStart(offset, lengthWords.length);
  /** The last bytes before `end`, fewer than four, as the low ones of a word. */
  const rest = (end: number): number => {
    let word = 0;
    for (let i = 0; i < (end & 3); i++) word |= bytes[(end & ~3) + i]! << (8 * i);
    return word;
  };
  // All of it is on a prototype: an object with so many properties of its own would be a slow one.
  const prototype = {
    at(this: Cursor, offset: number) {
      this[POSITION] = offset;
      return this;
    },
    hashFrom(this: Cursor, field: keyof F): number {
      const end = endOf(this[POSITION]);
      let hash = end - this[POSITION];
      for (let i = startOf(this[POSITION], field) >>> 2; i < end >>> 2; i++) {
        hash = (Math.imul(hash, HASH_FACTOR) + words[i]!) | 0;
        hash ^= hash >>> 15;
      }
      return (Math.imul(hash, HASH_FACTOR) + rest(end)) | 0;
    },
    copyFrom(this: Cursor, field: keyof F): RecordCopy {
      const start = startOf(this[POSITION], field);
      const end = endOf(this[POSITION]);
      const copy = new Int32Array((end - start + 3) >>> 2);
      new Uint8Array(copy.buffer).set(bytes.subarray(start, end));
      return { words: copy, size: end - start };
    },
    equalsFrom(this: Cursor, field: keyof F, copy: RecordCopy): boolean {
      const start = startOf(this[POSITION], field);
      const end = endOf(this[POSITION]);
      if (end - start !== copy.size) return false;
      const first = start >>> 2;
      const count = copy.size >>> 2;
      for (let i = 0; i < count; i++) if (words[first + i] !== copy.words[i]) return false;
      return (copy.size & 3) === 0 || rest(end) === copy.words[count];
    },
  };
  for (const [name, { offset, size }] of Object.entries(layout.fields)) {
    const get = GETTERS[size];
    Object.defineProperty(prototype, name, {
      get(this: Cursor) {
        return get(data, this[POSITION] + offset);
      },
    });
    if (size !== 8) continue;
    const word = offset >>> 2;
    for (const [half, index] of [
      ["low", word],
      ["high", word + 1],
    ] as const) {
      Object.defineProperty(prototype, `${name}_${half}`, {
        get(this: Cursor) {
          return words[(this[POSITION] >>> 2) + index]! >>> 0;
        },
      });
    }
  }
  for (const [index, [name]] of segments.entries()) {
    Object.defineProperty(prototype, name, {
      get(this: Cursor) {
        const length = words[(this[POSITION] >>> 2) + lengthWords[index]!]!;
        return new Uint8Array(memory, segmentStart(this[POSITION], index), length);
      },
    });
  }
  return Object.create(prototype, { [POSITION]: { value: 0, writable: true } });
}

/** A prime, near the golden ratio of 32 bits: neighbouring words spread over all of them. */
const HASH_FACTOR = 0x9e3779b1 | 0;
