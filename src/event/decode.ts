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

/** Why JSON text was refused. The parser's own message quotes the text. */
const NOT_JSON = "not valid JSON";
const NOT_UTF8 = "not valid UTF-8";
const NOT_AN_OBJECT = "not a JSON object";

/**
 * Decodes every line of `batch` into `batch.event` and drops those that are invalid: the batch is compacted,
 * and `onInvalid` is told of each.
 * @returns The number of lines dropped.
 */
export function decodeBatch(batch: EventBatch, mode: "full" | "syntax", onInvalid: OnInvalid): number {
  const before = batch.count;
  let kept = 0;
  for (let i = 0; i < before; i++) {
    const bytes = batch.bufferOf(i);
    const start = batch.start[i]!;
    const end = batch.end[i]!;
    const event = decodeLine(bytes, start, end, mode);
    if (typeof event === "string") {
      onInvalid(bytes, start, end, event);
      continue;
    }
    batch.move(i, kept);
    batch.event[kept++] = event;
  }
  for (let i = kept; i < before; i++) batch.event[i] = undefined;
  batch.count = kept;
  return before - kept;
}

/** The event in `bytes[start, end)`, or why there is none. */
function decodeLine(bytes: Uint8Array, start: number, end: number, mode: ValidateMode): JsonObject | string {
  const line = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start);
  if (!isAscii(line) && !isUtf8(line)) return NOT_UTF8;
  let value: unknown;
  try {
    value = JSON.parse(line.utf8Slice());
  } catch {
    return NOT_JSON;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return NOT_AN_OBJECT;
  const event = value as JsonObject;
  if (mode === "full" && !isValidEvent(event)) return schemaReason(event);
  return event;
}

/** Top-level fields that are no event type. */
const COMMON_FIELDS: ReadonlySet<string> = new Set([
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
