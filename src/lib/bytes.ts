/** @module Bytes with the methods of a buffer. */

/** Node's slices by encoding, which `bun-types` does not declare: `toString` without the choice of encoding. */
export type SliceableBuffer = Buffer & {
  latin1Slice(start: number, end: number): string;
  utf8Slice(start: number, end: number): string;
};

/** The same bytes: `bytes` itself where it is a buffer, else one over its memory. */
export function asBuffer(bytes: Uint8Array): SliceableBuffer {
  return (
    bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  ) as SliceableBuffer;
}
