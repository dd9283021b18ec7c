/** @module Reads records where they lie. */
import type { Fields, RecordLayout, Segments } from "./layout.ts";

type FieldValue<T> = T extends "u64" ? bigint : number;

/**
 * A window on one record at a time: a property for each field, and for each segment its bytes, which are a
 * view of the same memory. Nothing is decoded before it is asked for.
 */
export type RecordView<F extends Fields, S extends Segments> = {
  readonly [K in keyof F]: FieldValue<F[K]>;
} & {
  readonly [K in keyof S]: Uint8Array;
} & {
  /** Moves the window to the record that begins at `offset`. */
  at(offset: number): RecordView<F, S>;
};

/** The view of a layout's records. */
export type ViewOf<L> = L extends RecordLayout<infer F, infer S> ? RecordView<F, S> : never;

interface Cursor {
  offset: number;
}

const GETTERS = {
  1: (data: DataView, offset: number) => data.getUint8(offset),
  2: (data: DataView, offset: number) => data.getUint16(offset, true),
  4: (data: DataView, offset: number) => data.getUint32(offset, true),
  8: (data: DataView, offset: number) => data.getBigUint64(offset, true),
} as const;

/** A view of `memory` for records of `layout`. It reads the machine's byte order, which is little-endian. */
export function createRecordView<F extends Fields, S extends Segments>(
  layout: RecordLayout<F, S>,
  memory: ArrayBuffer,
): RecordView<F, S> {
  const data = new DataView(memory);
  const view: Cursor & { at(offset: number): unknown } = {
    offset: 0,
    at(offset: number) {
      this.offset = offset;
      return this;
    },
  };
  for (const [name, { offset, size }] of Object.entries(layout.fields)) {
    const get = GETTERS[size];
    Object.defineProperty(view, name, {
      get(this: Cursor) {
        return get(data, this.offset + offset);
      },
    });
  }
  const lengthOffsets: number[] = [];
  for (const [name, { lengthOffset }] of Object.entries(layout.segments)) {
    const before = [...lengthOffsets];
    lengthOffsets.push(lengthOffset);
    Object.defineProperty(view, name, {
      get(this: Cursor) {
        let start = this.offset + layout.headerSize;
        for (const earlier of before) start += data.getUint32(this.offset + earlier, true);
        return new Uint8Array(memory, start, data.getUint32(this.offset + lengthOffset, true));
      },
    });
  }
  return view as unknown as RecordView<F, S>;
}
