/**
 * @module What a line's text is made of, found in one pass before anything is parsed: whether it is too deep or too
 * large to be parsed, and whether what `JSON.parse` makes of it is all that it holds.
 */
import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  NEWLINE,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  skipSpace,
} from "../scan/line.ts";
import { scanString } from "../scan/text.ts";

/** Objects and lists in one another at most. Events are about ten levels deep. */
export const MAX_DEPTH = 128;

/**
 * Objects, lists and fields of one document at most: each costs some 50 bytes once it is parsed, however short it is in
 * the text. Numbers and texts in lists cost about what their text does.
 */
export const MAX_NODES = 100_000;

/** What {@link structureOf} may find; to be added up. */
export const STRUCTURE = {
  /** A field may stand twice in one object, or its name may be written with escapes. */
  ambiguous: 1,
  /** A field's name has capital letters: it may be a known one in camelCase. */
  cased: 2,
  /** Too deep or too large to be parsed. */
  excessive: 4,
} as const;

/** Fields of an object up to which each is compared with those before it. */
const COMPARED_KEYS = 64;

/** What the name that was hashed last says about itself: see {@link STRUCTURE}. */
let keyFlags = 0;

/**
 * A hash of the name `[start, end)`, and in {@link keyFlags} whether it has an escape or a capital letter. Four bytes at a
 * time: a byte from `A` to `Z` is one to which 0x3f can be added to reach 0x80, and 0x25 cannot.
 */
function keyHash(bytes: Uint8Array, view: DataView, start: number, end: number): number {
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
  keyFlags =
    ((marks & 0x80808080) === 0 ? 0 : STRUCTURE.cased) |
    ((escapes & 0x80808080) === 0 ? 0 : STRUCTURE.ambiguous);
  return hash ^ (hash >>> 15);
}

/** Hashes of the names in the objects around the current place, the objects' own after one another. */
const hashes = new Int32Array((MAX_DEPTH + 1) * (COMPARED_KEYS + 1));
/** Where the names of each object around the current place begin. */
const begins = new Int32Array(MAX_DEPTH + 1);
/** A bit for each hash that may be among the names of each object: most names need no comparison. */
const blooms = new Int32Array(MAX_DEPTH + 1);
const highBlooms = new Int32Array(MAX_DEPTH + 1);

/**
 * Looks at the line `[start, end)`, newline included, which `SLACK` readable bytes follow. Says nothing about lines that
 * are no JSON. Takes time linear in the line's length, and no memory.
 * @returns Values of {@link STRUCTURE}, added up.
 */
export function structureOf(bytes: Uint8Array, view: DataView, start: number, end: number): number {
  const last = end - 1;
  let found = 0;
  let depth = 0;
  let nodes = 0;
  let top = 0;
  let at = start;
  while (at < last) {
    const byte = bytes[at]!;
    if (byte === QUOTE) {
      const next = scanString(bytes, view, at + 1);
      if (next < 0) return found;
      const after = bytes[next] === COLON ? next : skipSpace(bytes, next);
      if (bytes[after] === COLON) {
        nodes++;
        const hash = keyHash(bytes, view, at + 1, next - 1);
        found |= keyFlags;
        const begin = begins[depth]!;
        const bit = 1 << hash;
        const bits = (hash & 0x100) === 0 ? blooms : highBlooms;
        if (top - begin > COMPARED_KEYS) found |= STRUCTURE.ambiguous;
        else {
          if ((bits[depth]! & bit) !== 0) {
            for (let i = begin; i < top; i++) if (hashes[i] === hash) found |= STRUCTURE.ambiguous;
          }
          bits[depth] = bits[depth]! | bit;
          hashes[top++] = hash;
        }
      }
      at = after;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      if (++depth > MAX_DEPTH) return found | STRUCTURE.excessive;
      nodes++;
      begins[depth] = top;
      blooms[depth] = highBlooms[depth] = 0;
      at++;
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      if (depth === 0) return found;
      top = begins[depth]!;
      depth--;
      at++;
    } else if (byte === NEWLINE) return found;
    else at++;
    if (nodes > MAX_NODES) return found | STRUCTURE.excessive;
  }
  return found;
}
