/** @module Whether a line holds an event of a described type, by its bytes alone. */
import { KNOWN_TYPES } from "../kind.ts";
import { COLON, COMMA, OPEN_BRACE, QUOTE, skipSpace } from "./line.ts";
import { scanString } from "./text.ts";
import { scanValue } from "./value.ts";

/** Names with their quotes, by their length. */
const NAMES: Uint8Array[][] = [];
for (const name of KNOWN_TYPES) {
  const bytes = Buffer.from(`"${name}"`);
  NAMES[bytes.length] ??= [];
  NAMES[bytes.length]!.push(new Uint8Array(bytes));
}

/**
 * Whether the object at `at`, which is valid JSON, certainly has a field that is named as an event type and holds an
 * object. Tetragon writes that field first. False says nothing.
 */
export function holdsKnownType(bytes: Uint8Array, view: DataView, at: number): boolean {
  let next = skipSpace(bytes, at + 1);
  while (bytes[next] === QUOTE) {
    const end = scanString(bytes, view, next + 1);
    if (end < 0) return false;
    const value =
      bytes[end] === COLON ? skipSpace(bytes, end + 1) : skipSpace(bytes, skipSpace(bytes, end) + 1);
    if (bytes[value] === OPEN_BRACE && isName(bytes, next, end)) return true;
    next = scanValue(bytes, view, value, 0);
    if (next < 0) return false;
    next = skipSpace(bytes, next);
    if (bytes[next] !== COMMA) return false;
    next = skipSpace(bytes, next + 1);
  }
  return false;
}

function isName(bytes: Uint8Array, start: number, end: number): boolean {
  const names = NAMES[end - start];
  if (names === undefined) return false;
  for (const name of names) {
    let i = 0;
    while (i < name.length && bytes[start + i] === name[i]) i++;
    if (i === name.length) return true;
  }
  return false;
}
