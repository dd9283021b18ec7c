/** @module Whether a line holds an event of a described type, by its bytes alone. */
import { KNOWN_TYPES } from "../kind.ts";
import { COLON, COMMA, OPEN_BRACE, QUOTE, skipSpace } from "./line.ts";
import { scanString } from "./text.ts";
import { scanValue, wordAt } from "./value.ts";

/** Names with their quotes, by their length. */
const NAMES: Uint8Array[][] = [];
for (const name of KNOWN_TYPES) {
  const bytes = Buffer.from(`"${name}"`);
  NAMES[bytes.length] ??= [];
  NAMES[bytes.length]!.push(new Uint8Array(bytes));
}

/** Where the word is that tells the types apart which have a process: behind `"process_`. */
const WORD_OFFSET = 9;
const COMMON_BEGIN = [wordAt('"pro', 0), wordAt("cess", 0)] as const;

/** The names of those types, with quotes, colon and brace as Tetragon writes them, by that word. */
const STARTS = new Map<number, Uint8Array>();
for (const name of KNOWN_TYPES) {
  const text = `"${name}":{`;
  if (text.startsWith('"process_')) STARTS.set(wordAt(text, WORD_OFFSET), new Uint8Array(Buffer.from(text)));
}

/** Whether an object begins at `at` as Tetragon's events do. */
function beginsAsEvent(bytes: Uint8Array, view: DataView, at: number): boolean {
  const key = at + 1;
  if (view.getInt32(key, true) !== COMMON_BEGIN[0] || view.getInt32(key + 4, true) !== COMMON_BEGIN[1])
    return false;
  const start = STARTS.get(view.getInt32(key + WORD_OFFSET, true));
  if (start === undefined) return false;
  let i = 8;
  while (i < start.length && bytes[key + i] === start[i]) i++;
  return i === start.length;
}

/**
 * Whether the object at `at`, which is valid JSON, certainly has a field that is named as an event type and holds an
 * object. Tetragon writes that field first. False says nothing.
 */
export function holdsKnownType(bytes: Uint8Array, view: DataView, at: number): boolean {
  if (beginsAsEvent(bytes, view, at)) return true;
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
