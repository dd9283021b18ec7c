/** @module Scanners of strings. Each begins after the opening quote. */
import { BACKSLASH, bytesOf, QUOTE, SPACE, UNSURE } from "./line.ts";

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

/** Any string. Whether its bytes are UTF-8 is not looked at. */
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

/** A key that is written as it is: one with escapes may be a known one in disguise. */
export function scanKey(bytes: Uint8Array, at: number): number {
  let next = at;
  for (let byte = bytes[next]!; byte !== QUOTE; byte = bytes[++next]!) {
    if (byte < SPACE || byte === BACKSLASH) return UNSURE;
  }
  return next + 1;
}

/** @param at Where the backslash is. */
function scanEscape(bytes: Uint8Array, at: number): number {
  const byte = bytes[at + 1]!;
  if (ESCAPED[byte] === 1) return at + 2;
  if (byte !== U) return UNSURE;
  for (let i = at + 2; i < at + 6; i++) if (HEX[bytes[i]!] !== 1) return UNSURE;
  return at + 6;
}

const NAME_START = bytesOf("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_");

/** The name of an enum's value: text that begins as an identifier does. */
export function scanEnumName(bytes: Uint8Array, view: DataView, at: number): number {
  return NAME_START[bytes[at]!] === 1 ? scanString(bytes, view, at + 1) : UNSURE;
}

const SHARED = 1;
const STANDARD = 2;
const URL_SAFE = 4;
/** Which alphabets of base64 a byte belongs to. */
const ALPHABET = bytesOf("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");
for (const character of "+/") ALPHABET[character.charCodeAt(0)] = STANDARD;
for (const character of "-_") ALPHABET[character.charCodeAt(0)] = URL_SAFE;
const EQUALS = 0x3d;

/** Base64 in one of its alphabets, padded or not. */
export function scanBase64(bytes: Uint8Array, _view: DataView, at: number): number {
  let next = at;
  let seen = 0;
  for (let alphabet = ALPHABET[bytes[next]!]!; alphabet !== 0; alphabet = ALPHABET[bytes[++next]!]!) {
    seen |= alphabet;
  }
  if ((seen & ~SHARED) === (STANDARD | URL_SAFE)) return UNSURE;
  const unpadded = next - at;
  if (bytes[next] === EQUALS) next++;
  if (bytes[next] === EQUALS) next++;
  const length = next - at;
  const isWhole = (length & 3) === 0 || (length === unpadded && (length & 3) !== 1);
  return isWhole && bytes[next] === QUOTE ? next + 1 : UNSURE;
}
