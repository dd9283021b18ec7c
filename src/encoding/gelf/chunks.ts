/** @module GELF's chunks: a message over several datagrams. Header: magic 1e 0f, id (8 bytes), number, count. */
import { randomFillSync } from "node:crypto";

/** Bytes before what a chunk carries. */
export const CHUNK_HEADER_BYTES = 12;
/** Of one message. */
export const MAX_CHUNKS = 128;
const ID_BYTES = 8;
const FIRST = 0x1e;
const SECOND = 0x0f;

/** Ids that are made at once. */
const pool = new Uint8Array(64 * ID_BYTES);
let next = pool.length;

/** Bytes of a message that leaves in chunks of `maxBytes`, at most. */
export function largestInChunks(maxBytes: number): number {
  return (maxBytes - CHUNK_HEADER_BYTES) * MAX_CHUNKS;
}

/** The id of a message, which nobody can guess. Valid until the next call. */
export function messageId(): Uint8Array {
  if (next === pool.length) {
    randomFillSync(pool);
    next = 0;
  }
  next += ID_BYTES;
  return pool.subarray(next - ID_BYTES, next);
}

/** Writes the header of chunk `number` of `count`. */
export function writeChunkHeader(
  target: Uint8Array,
  at: number,
  { id, number, count }: { readonly id: Uint8Array; readonly number: number; readonly count: number },
): void {
  target[at] = FIRST;
  target[at + 1] = SECOND;
  target.set(id, at + 2);
  target[at + 10] = number;
  target[at + 11] = count;
}

/** Whether a datagram is a chunk. */
export function isChunk(datagram: Uint8Array): boolean {
  return datagram[0] === FIRST && datagram[1] === SECOND;
}
