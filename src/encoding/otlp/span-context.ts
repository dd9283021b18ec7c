/** @module Of which span a log record is. */
import { varintSize, writeVarint } from "../protobuf/wire.ts";
import type { SpanContext } from "./span.ts";
import { writeBytes } from "./wire.ts";

/** `LogRecord`. */
const [TRACE_ID, SPAN_ID] = [9, 10] as const;
const [TRACE_ID_BYTES, SPAN_ID_BYTES] = [16, 8] as const;
const FIELD_BYTES = 2;
/** Of both fields. */
const ADDED_BYTES = 2 * FIELD_BYTES + TRACE_ID_BYTES + SPAN_ID_BYTES;

/** Room that {@link addSpanContext} may need behind a record: the length before it may have one byte more. */
export const SPAN_CONTEXT_BYTES = ADDED_BYTES + 1;

/**
 * Adds where a record belongs to the record `b[start, end)`, as `RecordEncoder` writes it. There is room.
 * @returns The offset behind it.
 */
export function addSpanContext(
  b: Uint8Array,
  start: number,
  end: number,
  { traceId, spanId }: SpanContext,
): number {
  const lengthAt = start + 1;
  let bodyAt = lengthAt;
  while (b[bodyAt]! >= 0x80) bodyAt++;
  bodyAt++;
  const size = end - bodyAt + ADDED_BYTES;
  const movedTo = lengthAt + varintSize(size);
  if (movedTo !== bodyAt) b.copyWithin(movedTo, bodyAt, end);
  writeVarint(b, lengthAt, size);
  const behind = writeBytes(b, end + movedTo - bodyAt, TRACE_ID, traceId);
  return writeBytes(b, behind, SPAN_ID, spanId);
}
