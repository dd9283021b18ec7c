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
  // All of it is on a prototype: an object with so many properties of its own would be a slow one.
  const prototype = {
    at(this: Cursor, offset: number) {
      this[POSITION] = offset;
      return this;
    },
    ...comparisons(layout, memory),
  };
  defineFields(prototype, layout, memory);
  defineSegments(prototype, layout, memory);
  return Object.create(prototype, { [POSITION]: { value: 0, writable: true } });
}

function wordsOf(memory: ArrayBuffer): Int32Array {
  return new Int32Array(memory, 0, memory.byteLength >>> 2);
}

/** Where segment `index` of the record at `offset` begins; the one after the last, where the record ends. */
function segmentStarts(layout: RecordLayout, words: Int32Array): (offset: number, index: number) => number {
  const lengths = Object.values(layout.segments);
  const lengthWords = Int32Array.from(lengths, ({ lengthOffset }) => lengthOffset >>> 2);
  const { headerSize } = layout;
  return (offset, index) => {
    let start = offset + headerSize;
    for (let i = 0; i < index; i++) start += words[(offset >>> 2) + lengthWords[i]!]!;
    return start;
  };
}

/** What compares records from a field on. */
function comparisons<F extends Fields, S extends Segments>(layout: RecordLayout<F, S>, memory: ArrayBuffer) {
  const bytes = new Uint8Array(memory);
  const words = wordsOf(memory);
  const segmentStart = segmentStarts(layout, words);
  const segmentCount = Object.keys(layout.segments).length;
  const startOf = (offset: number, field: keyof F): number => offset + layout.fields[field].offset;
  const endOf = (offset: number): number => segmentStart(offset, segmentCount);
  /** The last bytes before `end`, fewer than four, as the low ones of a word. */
  const rest = (end: number): number => {
    let word = 0;
    for (let i = 0; i < (end & 3); i++) word |= bytes[(end & ~3) + i]! << (8 * i);
    return word;
  };
  return {
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
}

/** A property for each field, and two for the halves of one of 64 bits. */
function defineFields(prototype: object, layout: RecordLayout, memory: ArrayBuffer): void {
  const data = new DataView(memory);
  const words = wordsOf(memory);
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
}

/** A property for each segment: its bytes. */
function defineSegments(prototype: object, layout: RecordLayout, memory: ArrayBuffer): void {
  const words = wordsOf(memory);
  const segmentStart = segmentStarts(layout, words);
  for (const [index, [name, { lengthOffset }]] of Object.entries(layout.segments).entries()) {
    const lengthWord = lengthOffset >>> 2;
    Object.defineProperty(prototype, name, {
      get(this: Cursor) {
        const length = words[(this[POSITION] >>> 2) + lengthWord]!;
        return new Uint8Array(memory, segmentStart(this[POSITION], index), length);
      },
    });
  }
}

/** A prime, near the golden ratio of 32 bits: neighbouring words spread over all of them. */
const HASH_FACTOR = 0x9e3779b1 | 0;
