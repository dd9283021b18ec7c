/** @module One line as a JSON object. */
import { isUtf8 } from "node:buffer";
import { asBuffer, type SliceableBuffer } from "../lib/bytes.ts";
import { isObject, type JsonObject } from "../lib/json/object.ts";
import type { EventBatch } from "./batch.ts";

/** The parser's own message would quote the text. */
const NOT_JSON = "not valid JSON";
const NOT_UTF8 = "not valid UTF-8";
const NOT_AN_OBJECT = "not a JSON object";

/** The JSON value that `buffer[start, end)` holds, or why it holds none. */
export function parseLine(
  buffer: SliceableBuffer,
  start: number,
  end: number,
  isPlain: boolean,
): JsonObject | string {
  if (!isPlain && !isUtf8(buffer.subarray(start, end))) return NOT_UTF8;
  let value: unknown;
  try {
    value = JSON.parse(isPlain ? buffer.latin1Slice(start, end) : buffer.utf8Slice(start, end));
  } catch (error) {
    if (error instanceof SyntaxError) return NOT_JSON;
    throw error;
  }
  return isObject(value) ? value : NOT_AN_OBJECT;
}

/** Decodes a line that `decodeBatch` has left undecoded. */
export function decodeLine(batch: EventBatch, i: number): JsonObject {
  const value = parseLine(asBuffer(batch.bufferAt(i)), batch.start[i]!, batch.end[i]!, false);
  if (typeof value === "string") throw new TypeError(`Cannot decode event: line is ${value}`);
  return value;
}
