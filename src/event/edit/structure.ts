/**
 * @module What a line's text is made of, found in one pass before anything is parsed: whether it is too deep or too
 * large to be parsed, and whether what `JSON.parse` makes of it is all that it holds.
 */
import { hashedKey, keyHash } from "../scan/key.ts";
import {
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
        if (hashedKey.hasCapital) found |= STRUCTURE.cased;
        if (hashedKey.hasEscape) found |= STRUCTURE.ambiguous;
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
