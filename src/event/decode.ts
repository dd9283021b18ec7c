/** @module From bytes to validated events, a batch at a time. */
import { isAscii, isUtf8 } from "node:buffer";
import type { EventBatch, JsonObject } from "./batch.ts";
import { schemaReason } from "./reason.ts";
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
const NOT_AN_OBJECT = "not a JSON object";

/** Node's slices by encoding, which `bun-types` does not declare: `toString` without the choice of encoding. */
type SliceableBuffer = Buffer & {
  latin1Slice(start: number, end: number): string;
  utf8Slice(start: number, end: number): string;
};

function asBuffer(bytes: Uint8Array): SliceableBuffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) as SliceableBuffer;
}

/**
 * Decodes every line of `batch` into `batch.event` and drops those that are invalid: the batch is compacted,
 * and `onInvalid` is told of each, in order. Lines are taken from `batch.bytes`: no stage has run yet.
 * @param keepEvents False leaves `batch.event` empty, so that each event is garbage at once.
 * @returns The number of lines dropped.
 */
export function decodeBatch(
  batch: EventBatch,
  mode: "full" | "syntax",
  onInvalid: OnInvalid,
  keepEvents = true,
): number {
  const before = batch.count;
  if (before === 0) return 0;
  const { bytes, start, end } = batch;
  const buffer = asBuffer(bytes);
  // One test for all: plain ASCII is the rule, and it needs neither a UTF-8 check nor a UTF-8 decoder.
  const allAscii = isAscii(buffer.subarray(start[0]!, end[before - 1]!));
  const isFull = mode === "full";
  let kept = 0;
  let i = 0;
  while (i < before) {
    let reason = NOT_JSON;
    let invalidEvent: JsonObject | undefined;
    try {
      for (; i < before; i++) {
        const from = start[i]!;
        const to = end[i]!;
        if (!allAscii && !isUtf8(buffer.subarray(from, to))) {
          reason = NOT_UTF8;
          break;
        }
        const value: unknown = JSON.parse(
          allAscii ? buffer.latin1Slice(from, to) : buffer.utf8Slice(from, to),
        );
        if (typeof value !== "object" || value === null || Array.isArray(value)) {
          reason = NOT_AN_OBJECT;
          break;
        }
        if (isFull && !isValidEvent(value)) {
          invalidEvent = value as JsonObject;
          break;
        }
        batch.move(i, kept);
        batch.event[kept] = keepEvents ? (value as JsonObject) : undefined;
        kept++;
      }
    } catch {
      // JSON.parse refused line `i`: `reason` says so already.
    }
    if (i === before) break;
    if (invalidEvent !== undefined) reason = schemaReason(invalidEvent);
    onInvalid(bytes, start[i]!, end[i]!, reason);
    i++;
  }
  for (let j = kept; j < before; j++) batch.event[j] = undefined;
  batch.count = kept;
  return before - kept;
}

/** Top-level fields that are no event type. */
export const COMMON_FIELDS: ReadonlySet<string> = new Set([
  "node_name",
  "time",
  "aggregation_info",
  "cluster_name",
  "node_labels",
]);

/** The event's type, as its field is named: `process_exec`. Types that the schemas lack are types too. */
export function eventType(event: JsonObject): string | undefined {
  for (const key in event) if (!COMMON_FIELDS.has(key)) return key;
  return undefined;
}
