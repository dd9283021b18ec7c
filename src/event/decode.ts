/** @module From bytes to validated events, a batch at a time. */
import { isAscii, isUtf8 } from "node:buffer";
import type { JsonObject } from "../lib/json/object.ts";
import { type EventBatch, TEXT } from "./batch.ts";
import { GetEventsResponse } from "./description/generated/events.ts";
import { schemaReason } from "./reason.ts";
import { LineScanner } from "./scan/scan.ts";
import { isValidEvent } from "./validate.ts";

/** How closely lines are looked at: against the schemas, as JSON objects, or not at all. */
export type ValidateMode = "full" | "syntax" | "off";

/**
 * Takes an invalid line: `bytes[start, end)`, newline included, and what is wrong with it. The reason names
 * paths and types, never values: it may be logged, and events carry secrets.
 */
export type OnInvalid = (bytes: Uint8Array, start: number, end: number, reason: string) => void;

/** The parser's own message would quote the text. */
const NOT_JSON = "not valid JSON";
const NOT_UTF8 = "not valid UTF-8";
const CUT_OFF = "cut off, with NUL bytes behind it";
const NUL = 0;
const NEWLINE = 0x0a;
const NOT_AN_OBJECT = "not a JSON object";

/** Node's slices by encoding, which `bun-types` does not declare: `toString` without the choice of encoding. */
type SliceableBuffer = Buffer & {
  latin1Slice(start: number, end: number): string;
  utf8Slice(start: number, end: number): string;
};

function asBuffer(bytes: Uint8Array): SliceableBuffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) as SliceableBuffer;
}

/** The part of the batch's bytes that its lines lie in; empty when all are copies. */
function linesOf(batch: EventBatch, buffer: SliceableBuffer): Buffer {
  const { count, start, end, text } = batch;
  let first = 0;
  while (first < count && text[first] !== TEXT.read) first++;
  if (first === count) return buffer.subarray(0, 0);
  let last = count - 1;
  while (text[last] !== TEXT.read) last--;
  return buffer.subarray(start[first]!, end[last]!);
}

/** The event that `buffer[start, end)` holds, or why it holds none. */
function decodeLine(
  buffer: SliceableBuffer,
  start: number,
  end: number,
  isPlain: boolean,
  isFull: boolean,
): JsonObject | string {
  if (!isPlain && !isUtf8(buffer.subarray(start, end))) return NOT_UTF8;
  let value: unknown;
  try {
    value = JSON.parse(isPlain ? buffer.latin1Slice(start, end) : buffer.utf8Slice(start, end));
  } catch {
    return NOT_JSON;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return NOT_AN_OBJECT;
  return isFull && !isValidEvent(value) ? schemaReason(value) : (value as JsonObject);
}

/**
 * Looks for the event in a line that is none as a whole: behind or before NUL bytes, which a power loss leaves where text
 * was to be written, most often after the beginning of another event. The line is cut to that event.
 * @returns The event, or `undefined` when there is none.
 */
function rescue(batch: EventBatch, i: number, isFull: boolean): JsonObject | undefined {
  const bytes = batch.bufferAt(i);
  const from = batch.start[i]!;
  let end = batch.end[i]! - 1;
  while (end > from && bytes[end - 1] === NUL) end--;
  const start = from + bytes.subarray(from, end).lastIndexOf(NUL) + 1;
  if (start === from && end === batch.end[i]! - 1) return undefined;
  const value = decodeLine(asBuffer(bytes), start, end, false, isFull);
  if (typeof value === "string") return undefined;
  // The source's buffer is the batch's until it has been written, and nobody needs the NUL byte.
  bytes[end] = NEWLINE;
  batch.start[i] = start;
  batch.end[i] = end + 1;
  return value;
}

/**
 * Decodes every line of `batch` into `batch.event` and drops those that are invalid: the batch is compacted,
 * and `onInvalid` is called for each, in order.
 * @returns How many events were invalid: lines dropped, and the beginnings of events that were cut off a line.
 */
export function decodeBatch(batch: EventBatch, mode: "full" | "syntax", onInvalid: OnInvalid): number {
  const { bytes, count, start, end, event } = batch;
  const buffer = asBuffer(bytes);
  // One test for all: plain ASCII is the rule, and it needs neither a UTF-8 check nor a UTF-8 decoder.
  const isPlain = isAscii(linesOf(batch, buffer));
  const isFull = mode === "full";
  let kept = 0;
  let invalid = 0;
  for (let i = 0; i < count; i++) {
    const from = start[i]!;
    const to = end[i]!;
    const source = batch.bufferAt(i);
    let value =
      source === bytes
        ? decodeLine(buffer, from, to, isPlain, isFull)
        : decodeLine(asBuffer(source), from, to, false, isFull);
    if (typeof value === "string") {
      const rescued = rescue(batch, i, isFull);
      if (rescued === undefined || start[i] !== from) {
        invalid++;
        onInvalid(
          source,
          from,
          rescued === undefined ? to : start[i]!,
          rescued === undefined ? value : CUT_OFF,
        );
      }
      if (rescued === undefined) continue;
      value = rescued;
    }
    batch.move(i, kept);
    event[kept++] = value;
  }
  for (let i = kept; i < count; i++) event[i] = undefined;
  batch.count = kept;
  return invalid;
}

/**
 * Drops the lines that {@link decodeBatch} would drop, for the same reasons, and decodes none that is valid at
 * first sight: `batch.event` stays empty.
 * @returns How many events were invalid, as {@link decodeBatch}.
 */
export function validateBatch(batch: EventBatch, mode: "full" | "syntax", onInvalid: OnInvalid): number {
  const { bytes, count, start, end } = batch;
  const buffer = asBuffer(bytes);
  const scanner = new LineScanner(bytes, mode);
  // Scanners take no line that begins or ends within a character, so what holds for all lines holds for each.
  const isText = isUtf8(linesOf(batch, buffer));
  let kept = 0;
  let invalid = 0;
  for (let i = 0; i < count; i++) {
    const from = start[i]!;
    const to = end[i]!;
    const source = batch.bufferAt(i);
    const isSure =
      source === bytes && (isText || isUtf8(buffer.subarray(from, to))) && scanner.isValid(from, to);
    if (!isSure) {
      const isFull = mode === "full";
      const value = decodeLine(asBuffer(source), from, to, false, isFull);
      if (typeof value === "string") {
        const rescued = rescue(batch, i, isFull);
        if (rescued === undefined || start[i] !== from) {
          invalid++;
          onInvalid(
            source,
            from,
            rescued === undefined ? to : start[i]!,
            rescued === undefined ? value : CUT_OFF,
          );
        }
        if (rescued === undefined) continue;
      }
    }
    batch.move(i, kept++);
  }
  batch.count = kept;
  return invalid;
}

/** Top-level fields that are no event type. */
export const COMMON_FIELDS: ReadonlySet<string> = new Set(
  [...GetEventsResponse.fields.values()].flatMap(({ name, oneof }) => (oneof === undefined ? [name] : [])),
);

/** The event's type, as its field is named: `process_exec`. Types that the schemas lack are types too. */
export function eventType(event: JsonObject): string | undefined {
  for (const key in event) if (!COMMON_FIELDS.has(key)) return key;
  return undefined;
}
