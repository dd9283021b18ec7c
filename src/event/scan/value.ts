/** @module Scanners of values that no schema describes. */
import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  skipSpace,
  UNSURE,
} from "./line.ts";
import { scanNumber } from "./number.ts";
import { scanString } from "./text.ts";

/** Objects and arrays in one another: `JSON.parse` refuses a document in which they are very many. */
const MAX_DEPTH = 64;

const LOWER_E = 0x65;

/** The four characters at `at` as the word that they are in memory. */
export function wordAt(text: string, at: number): number {
  return (
    text.charCodeAt(at) |
    (text.charCodeAt(at + 1) << 8) |
    (text.charCodeAt(at + 2) << 16) |
    (text.charCodeAt(at + 3) << 24)
  );
}

const NULL = wordAt("null", 0);
const TRUE = wordAt("true", 0);
const FALS = wordAt("fals", 0);

export function scanNull(_bytes: Uint8Array, view: DataView, at: number): number {
  return view.getInt32(at, true) === NULL ? at + 4 : UNSURE;
}

export function scanBoolean(bytes: Uint8Array, view: DataView, at: number): number {
  const word = view.getInt32(at, true);
  if (word === TRUE) return at + 4;
  return word === FALS && bytes[at + 4] === LOWER_E ? at + 5 : UNSURE;
}

const BACKSLASH_OR_SPACE = /[\\\s]/;

/** First characters of texts that may be documents: of JSON, of JSON in base64, white space, and what an escape may be. */
const BEGINS_DOCUMENT = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x80 ||
  "{[e".includes(String.fromCharCode(byte)) ||
  BACKSLASH_OR_SPACE.test(String.fromCharCode(byte))
    ? 1
    : 0,
);

/** Whether the value at `at` may be an event, or hold one as text. No means no. */
export function mayHoldEvent(bytes: Uint8Array, at: number): boolean {
  const first = bytes[at];
  return first === OPEN_BRACE || (first === QUOTE && BEGINS_DOCUMENT[bytes[at + 1]!] === 1);
}

/** Any JSON value. @param depth Objects and arrays that it lies in. */
export function scanValue(bytes: Uint8Array, view: DataView, at: number, depth: number): number {
  switch (bytes[at]) {
    case QUOTE:
      return scanString(bytes, view, at + 1);
    case OPEN_BRACE:
      return scanObject(bytes, view, at, depth);
    case OPEN_BRACKET:
      return scanArray(bytes, view, at, depth);
    case 0x74:
    case 0x66:
      return scanBoolean(bytes, view, at);
    case 0x6e:
      return scanNull(bytes, view, at);
    default:
      return scanNumber(bytes, at);
  }
}

/** Any JSON object. @param depth Objects and arrays that it lies in. */
export function scanObject(bytes: Uint8Array, view: DataView, at: number, depth: number): number {
  if (bytes[at] !== OPEN_BRACE || depth === MAX_DEPTH) return UNSURE;
  let next = skipSpace(bytes, at + 1);
  if (bytes[next] === CLOSE_BRACE) return next + 1;
  for (;;) {
    if (bytes[next] !== QUOTE) return UNSURE;
    next = scanString(bytes, view, next + 1);
    if (next < 0) return UNSURE;
    if (bytes[next] !== COLON) {
      next = skipSpace(bytes, next);
      if (bytes[next] !== COLON) return UNSURE;
    }
    next = scanValue(bytes, view, skipSpace(bytes, next + 1), depth + 1);
    if (next < 0) return UNSURE;
    next = skipSpace(bytes, next);
    if (bytes[next] === CLOSE_BRACE) return next + 1;
    if (bytes[next] !== COMMA) return UNSURE;
    next = skipSpace(bytes, next + 1);
  }
}

function scanArray(bytes: Uint8Array, view: DataView, at: number, depth: number): number {
  if (depth === MAX_DEPTH) return UNSURE;
  let next = skipSpace(bytes, at + 1);
  if (bytes[next] === CLOSE_BRACKET) return next + 1;
  for (;;) {
    next = scanValue(bytes, view, next, depth + 1);
    if (next < 0) return UNSURE;
    next = skipSpace(bytes, next);
    if (bytes[next] === CLOSE_BRACKET) return next + 1;
    if (bytes[next] !== COMMA) return UNSURE;
    next = skipSpace(bytes, next + 1);
  }
}
