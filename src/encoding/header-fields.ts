/** @module What the header of a format says of an event, found at the two ends of its line: nothing between is looked at. */
import { COMMON_FIELDS } from "../event/kind.ts";
import { BACKSLASH, CLOSE_BRACE, COLON, COMMA, OPEN_BRACE, QUOTE } from "../event/scan/line.ts";

/** Texts are JSON without its quotes, one character a byte; empty where there is none. */
export interface HeaderFields {
  type: string;
  time: string;
  host: string;
}

type Name = keyof HeaderFields;

/** Metadata names them otherwise. `event` is its type. */
const FIELDS: ReadonlyMap<string, Name> = new Map([
  ["time", "time"],
  ["@timestamp", "time"],
  ["node_name", "host"],
  ["hostname", "host"],
  ["event", "type"],
]);
const SPACE = 0x20;

/**
 * Finds them. Tetragon writes one object, which is the event, and texts before or behind it.
 * @param end After the last byte; the newline may be left out.
 */
export function headerFields(bytes: Buffer, start: number, end: number, fields: HeaderFields): void {
  fields.type = fields.time = fields.host = "";
  if (!fromFront(bytes, start, end, fields)) fromBack(bytes, start, end, fields);
  if (fields.time === "" || COMMON_FIELDS.has(fields.type)) parsed(bytes, start, end, fields);
}

/** Members whose values are texts, up to the first other one. @returns Whether that was all. */
function fromFront(bytes: Buffer, start: number, end: number, fields: HeaderFields): boolean {
  let at = skip(bytes, start, end);
  if (bytes[at] !== OPEN_BRACE) return true;
  for (;;) {
    at = skip(bytes, at + 1, end);
    if (bytes[at] !== QUOTE) return true;
    const keyEnd = closing(bytes, at + 1, end);
    const key = bytes.toString("latin1", at + 1, keyEnd);
    at = skip(bytes, keyEnd + 1, end);
    if (bytes[at] !== COLON) return true;
    at = skip(bytes, at + 1, end);
    if (bytes[at] === OPEN_BRACE && fields.type === "") fields.type = key;
    if (bytes[at] !== QUOTE) return false;
    const valueEnd = closing(bytes, at + 1, end);
    note(fields, key, bytes.toString("latin1", at + 1, valueEnd));
    at = skip(bytes, valueEnd + 1, end);
    if (bytes[at] !== COMMA) return true;
  }
}

/** Members whose values are texts, from the last one on. */
function fromBack(bytes: Buffer, start: number, end: number, fields: HeaderFields): void {
  let at = skipBack(bytes, end - 1, start);
  if (bytes[at] !== CLOSE_BRACE) return;
  for (;;) {
    const valueEnd = skipBack(bytes, at - 1, start);
    if (bytes[valueEnd] !== QUOTE) return;
    const value = opening(bytes, valueEnd - 1, start);
    at = skipBack(bytes, value - 1, start);
    if (bytes[at] !== COLON) return;
    const keyEnd = skipBack(bytes, at - 1, start);
    if (bytes[keyEnd] !== QUOTE) return;
    const key = opening(bytes, keyEnd - 1, start);
    note(fields, bytes.toString("latin1", key + 1, keyEnd), bytes.toString("latin1", value + 1, valueEnd));
    at = skipBack(bytes, key - 1, start);
    if (bytes[at] !== COMMA) return;
  }
}

/** An event in an order that Tetragon does not write. */
function parsed(bytes: Buffer, start: number, end: number, fields: HeaderFields): void {
  let event: unknown;
  try {
    event = JSON.parse(bytes.toString("utf8", start, end));
  } catch {
    return;
  }
  for (const [key, value] of Object.entries(event as object)) {
    if (typeof value === "string") note(fields, key, jsonText(value));
    else if (
      !COMMON_FIELDS.has(key) &&
      typeof value === "object" &&
      (fields.type === "" || COMMON_FIELDS.has(fields.type))
    )
      fields.type = jsonText(key);
  }
}

function note(fields: HeaderFields, key: string, value: string): void {
  const name = FIELDS.get(key);
  if (name !== undefined && fields[name] === "") fields[name] = value;
}

/** The text as JSON without its quotes, one character a byte. */
function jsonText(text: string): string {
  return Buffer.from(JSON.stringify(text).slice(1, -1)).toString("latin1");
}

/** What such a text says, one character a byte. */
export function plainText(json: string): string {
  if (!json.includes("\\")) return json;
  try {
    return Buffer.from(JSON.parse(`"${Buffer.from(json, "latin1").toString()}"`) as string).toString(
      "latin1",
    );
  } catch {
    return "";
  }
}

function skip(bytes: Buffer, from: number, end: number): number {
  let at = from;
  while (at < end && bytes[at]! <= SPACE) at++;
  return at;
}

function skipBack(bytes: Buffer, from: number, start: number): number {
  let at = from;
  while (at > start && bytes[at]! <= SPACE) at--;
  return at;
}

function closing(bytes: Buffer, from: number, end: number): number {
  let at = from;
  while (at < end && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at;
}

/** A quote behind an odd number of backslashes is part of the text. */
function opening(bytes: Buffer, from: number, start: number): number {
  for (let at = from; at >= start; at--) {
    if (bytes[at] !== QUOTE) continue;
    let before = at;
    while (before > start && bytes[before - 1] === BACKSLASH) before--;
    if ((at - before) % 2 === 0) return at;
  }
  return start;
}
