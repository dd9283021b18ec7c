/** @module Names of fields as numbers, to be compared with many others. */
import { BACKSLASH } from "./line.ts";

/** What the name that was hashed last says about itself. */
export const hashedKey = { hasEscape: false, hasCapital: false };

/**
 * A hash of the name `[start, end)`, and in {@link hashedKey} whether it has an escape or a capital letter. Four bytes at a
 * time: a byte from `A` to `Z` is one to which 0x3f can be added to reach 0x80, and 0x25 cannot.
 */
export function keyHash(bytes: Uint8Array, view: DataView, start: number, end: number): number {
  let hash = end - start;
  let marks = 0;
  let escapes = 0;
  const last = end - 4;
  for (let i = start; i < last; i += 4) {
    const word = view.getInt32(i, true);
    marks |= ((word + 0x3f3f3f3f) ^ (word + 0x25252525)) | word;
    const backslashes = word ^ 0x5c5c5c5c;
    escapes |= (backslashes - 0x01010101) & ~backslashes;
    hash = Math.imul(hash ^ word, 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  if (last >= start) {
    const word = view.getInt32(last, true);
    marks |= ((word + 0x3f3f3f3f) ^ (word + 0x25252525)) | word;
    const backslashes = word ^ 0x5c5c5c5c;
    escapes |= (backslashes - 0x01010101) & ~backslashes;
    hash = Math.imul(hash ^ word, 0x9e3779b1);
  } else {
    for (let i = start; i < end; i++) {
      const byte = bytes[i]!;
      marks |= (byte + 0x3f) ^ (byte + 0x25);
      if (byte === BACKSLASH) escapes = 0x80;
      hash = Math.imul(hash ^ byte, 0x9e3779b1);
    }
  }
  hashedKey.hasCapital = (marks & 0x80808080) !== 0;
  hashedKey.hasEscape = (escapes & 0x80808080) !== 0;
  return hash ^ (hash >>> 15);
}
