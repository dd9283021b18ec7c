/** @module Keeps pieces of long buffers until the record of their call comes. */
import { createRecordView } from "../../../kernel/record/index.ts";
import { type BufferData, DATA_RECORD, type DataName } from "../../../policy/compile/index.ts";

/** Bytes that are kept at most. Calls that never come, and those that take long to return, must not fill the memory. */
const MOST_BYTES = 16 << 20;

interface Piece {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** Keeps them, the oldest as long as there is room. */
export class BufferPieces implements BufferData {
  readonly #view;
  /** By name, in the order in which they began. */
  readonly #pieces = new Map<string, Piece[]>();
  #size = 0;
  /** Buffers whose call has come. */
  readonly #taken: string[] = [];

  /** @param memory The ring's. */
  constructor(memory: ArrayBuffer) {
    this.#view = createRecordView(DATA_RECORD, memory);
  }

  /** Keeps the piece at `offset`. */
  add(offset: number): void {
    const record = this.#view.at(offset);
    const bytes = record.bytes.slice();
    const key = keyOf(record);
    const pieces = this.#pieces.get(key);
    if (pieces === undefined) this.#pieces.set(key, [{ offset: record.offset, bytes }]);
    else pieces.push({ offset: record.offset, bytes });
    this.#size += bytes.length;
    for (const oldest of this.#pieces.keys()) {
      if (this.#size <= MOST_BYTES || oldest === key) break;
      this.#forget(oldest);
    }
  }

  take(name: DataName, position: number): readonly Uint8Array[] {
    const key = keyOf(name);
    this.#taken.push(key);
    const found: Uint8Array[] = [];
    let end = position;
    for (const { offset, bytes } of this.#pieces.get(key) ?? []) {
      if (offset !== end) break;
      found.push(bytes);
      end += bytes.length;
    }
    return found;
  }

  /** Forgets what was taken: all events of the call have it. */
  forgetTaken(): void {
    for (const key of this.#taken.splice(0)) this.#forget(key);
  }

  #forget(key: string): void {
    for (const { bytes } of this.#pieces.get(key) ?? []) this.#size -= bytes.length;
    this.#pieces.delete(key);
  }
}

function keyOf({ tid, id, reading }: DataName): string {
  return `${tid} ${id} ${reading}`;
}
