/** @module How to get about in a line that is known to be one JSON document. Nothing here looks for errors. */
import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  skipSpace,
} from "../scan/line.ts";
import { scanString } from "../scan/text.ts";
import { type Scanners, TextMemory } from "../scan/text-memory.ts";

/** The bytes of a line; `SLACK` readable bytes follow it. */
export interface LineBytes {
  readonly bytes: Uint8Array;
  /** Shows the same. */
  readonly view: DataView;
  /** Of the memory that the bytes are in, if it has any: they pass large values faster. */
  readonly scanners?: Scanners | undefined;
}

/** `bytes` with what is needed to get about in them. */
export function lineBytes(bytes: Uint8Array): LineBytes {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { bytes, view, scanners: TextMemory.of(bytes)?.scanners };
}

/** A field of an object in the text: `[start, end)` from the quote of its name to the end of its value. */
export interface TextMember {
  readonly name: string;
  readonly start: number;
  readonly value: number;
  end: number;
}

const decoder = new TextDecoder();

/** The position after the value at `at`. */
export function endOfValue({ bytes, view, scanners }: LineBytes, at: number): number {
  const first = bytes[at]!;
  if (scanners !== undefined && (first === OPEN_BRACE || first === QUOTE || first === OPEN_BRACKET)) {
    const end = scanners.scanValue(bytes.byteOffset + at);
    if (end >= 0) return end - bytes.byteOffset;
  }
  let next = at;
  let depth = 0;
  do {
    const byte = bytes[next]!;
    if (byte === QUOTE) {
      next = scanString(bytes, view, next + 1);
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      depth++;
      next++;
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      depth--;
      next++;
    } else if (depth > 0) next++;
    else while (IS_PLAIN[bytes[next]!] === 1) next++;
  } while (depth > 0);
  return next;
}

/** Bytes of numbers and literals. */
const IS_PLAIN = new Uint8Array(256);
for (const character of "0123456789abcdefghijklmnopqrstuvwxyz+-.E") IS_PLAIN[character.charCodeAt(0)] = 1;

/** The text of the string at `at`, whose last quote is before `end`. */
export function stringAt({ bytes }: LineBytes, at: number, end: number): string {
  let seen = 0;
  let hasEscape = false;
  for (let i = at + 1; i < end - 1; i++) {
    const byte = bytes[i]!;
    seen |= byte;
    hasEscape ||= byte === BACKSLASH;
  }
  if (hasEscape) return JSON.parse(decoder.decode(bytes.subarray(at, end))) as string;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset + at + 1, end - at - 2);
  return buffer.toString(seen < 0x80 ? "latin1" : "utf8");
}

/**
 * The fields of the object at `at`, in order, whose values end where `end` says.
 * @param end Given the name and the position of a value, the position after it. @default no look into it
 */
export function membersOf(
  line: LineBytes,
  at: number,
  end: (name: string, value: number) => number = (_name, value) => endOfValue(line, value),
): { readonly members: TextMember[]; readonly close: number } {
  const { bytes, view } = line;
  const members: TextMember[] = [];
  let next = skipSpace(bytes, at + 1);
  while (bytes[next] === QUOTE) {
    const start = next;
    const keyEnd = scanString(bytes, view, start + 1);
    const name = stringAt(line, start, keyEnd);
    const value = skipSpace(bytes, skipSpace(bytes, keyEnd) + 1);
    const valueEnd = end(name, value);
    members.push({ name, start, value, end: valueEnd });
    next = skipSpace(bytes, valueEnd);
    // A comma, or the closing brace, on which the loop ends.
    if (bytes[next] !== CLOSE_BRACE) next = skipSpace(bytes, next + 1);
  }
  return { members, close: next };
}

/** The items of the list at `at`, in order. @param end As in {@link membersOf}. */
export function itemsOf(
  line: LineBytes,
  at: number,
  end: (index: number, value: number) => number = (_index, value) => endOfValue(line, value),
): { readonly items: { readonly start: number; readonly end: number }[]; readonly close: number } {
  const { bytes } = line;
  const items: { start: number; end: number }[] = [];
  let next = skipSpace(bytes, at + 1);
  while (bytes[next] !== CLOSE_BRACKET) {
    const valueEnd = end(items.length, next);
    items.push({ start: next, end: valueEnd });
    next = skipSpace(bytes, valueEnd);
    if (bytes[next] !== CLOSE_BRACKET) next = skipSpace(bytes, next + 1);
  }
  return { items, close: next };
}
