/** @module Strings where text is looked at in JavaScript, a few at a time. */
import { BACKSLASH, bytesOf, QUOTE, type SLACK, UNSURE } from "./line.ts";

const ESCAPED = bytesOf('"\\/bfnrt');
const HEX = bytesOf("0123456789abcdefABCDEF");
const U = 0x75;

/**
 * Marks in `word` the lowest byte that ends a run of plain text: a quote, a backslash, a control character.
 * Higher marks may be false; nobody looks at them. A byte b below 128 is below n when b - n borrows.
 */
function marks(word: number): number {
  const quotes = word ^ 0x22222222;
  const backslashes = word ^ 0x5c5c5c5c;
  return (
    (((word - 0x20202020) & ~word) |
      ((quotes - 0x01010101) & ~quotes) |
      ((backslashes - 0x01010101) & ~backslashes)) &
    0x80808080
  );
}

/** The number of the byte that the lowest mark is on. */
function lowest(marked: number): number {
  return (31 - Math.clz32(marked & -marked)) >> 3;
}

/**
 * The position after the string whose text begins at `at`, behind its quote, or {@link UNSURE}. Whether its bytes are UTF-8 is
 * not looked at. A newline ends it; up to {@link SLACK} bytes after that are read.
 */
export function scanString(bytes: Uint8Array, view: DataView, at: number): number {
  let next = at;
  for (;;) {
    let marked = marks(view.getInt32(next, true));
    if (marked === 0) {
      next += 4;
      marked = marks(view.getInt32(next, true));
      if (marked === 0) {
        next += 4;
        continue;
      }
    }
    next += lowest(marked);
    const byte = bytes[next]!;
    if (byte === QUOTE) return next + 1;
    if (byte !== BACKSLASH) return UNSURE;
    next = scanEscape(bytes, next);
    if (next < 0) return UNSURE;
  }
}

/** @param at Where the backslash is. */
function scanEscape(bytes: Uint8Array, at: number): number {
  const byte = bytes[at + 1]!;
  if (ESCAPED[byte] === 1) return at + 2;
  if (byte !== U) return UNSURE;
  for (let i = at + 2; i < at + 6; i++) if (HEX[bytes[i]!] !== 1) return UNSURE;
  return at + 6;
}
