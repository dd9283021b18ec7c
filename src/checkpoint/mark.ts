/** @module Tells whether a file still holds what stood before a position that was read up to. */

/** Bytes before a position that its mark covers at most. */
export const MARK_BYTES = 1024;

const POSITION_BITS = 40n;
const POSITION_MASK = (1n << POSITION_BITS) - 1n;

/**
 * A mark: 24 bits of the xxHash64 of the {@link MARK_BYTES} before a position, and in the low 40 bits the position. One 64-bit
 * word, so that one store replaces it.
 */
export type Mark = bigint;

/** Says nothing. */
export const NO_MARK: Mark = 0n;

/**
 * The mark of a position.
 * @param before What stands before it, up to {@link MARK_BYTES}.
 */
export function markOf(before: Uint8Array, position: number): Mark {
  const low = BigInt(position);
  if (position === 0 || low > POSITION_MASK) return NO_MARK;
  return ((Bun.hash.xxHash64(before) >> POSITION_BITS) << POSITION_BITS) | low;
}

/** The position that the mark is of; 0 when it says nothing. */
export function markedPosition(mark: Mark): number {
  return Number(mark & POSITION_MASK);
}
