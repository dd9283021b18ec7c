/** @module Spans (opentelemetry/proto/trace/v1/trace.proto), and ids that follow from those of processes. */
import type { WritableBuffer } from "../protobuf/wire.ts";
import {
  type AttributeValue,
  writeAttribute,
  writeBytes,
  writeMessage,
  writeText,
  writeTime,
  writeUint,
} from "./wire.ts";

/** `ScopeSpans.spans`. */
const SPANS = 2;
const SPAN = {
  traceId: 1,
  spanId: 2,
  parentSpanId: 4,
  name: 5,
  kind: 6,
  start: 7,
  end: 8,
  attributes: 9,
  events: 11,
  droppedEvents: 12,
  links: 13,
  status: 15,
} as const;
const EVENT = { time: 1, name: 2, attributes: 3 } as const;
const LINK = { traceId: 1, spanId: 2 } as const;
const STATUS = { message: 2, code: 3 } as const;
/** `SPAN_KIND_INTERNAL`, `STATUS_CODE_ERROR`. */
const [INTERNAL, ERROR] = [1, 2];
const WORD_BYTES = 8;
const ROOM = 16 * 1024;

type Attributes = Iterable<readonly [string, AttributeValue]>;

/** What happened within a span. */
export interface SpanEvent {
  /** Nanoseconds since 1970. */
  readonly time: bigint;
  readonly name: string;
  readonly attributes: Attributes;
}

/** Where a span is. */
export interface SpanContext {
  readonly traceId: Uint8Array;
  readonly spanId: Uint8Array;
}

/** A span that has ended. */
export interface Span extends SpanContext {
  readonly parentSpanId: Uint8Array | undefined;
  /** A span of another trace that this one follows on. */
  readonly link: SpanContext | undefined;
  readonly name: string;
  /** Nanoseconds since 1970. */
  readonly start: bigint;
  readonly end: bigint;
  readonly attributes: Attributes;
  /** Each as {@link encodeSpanEvent} makes it. */
  readonly events: readonly Uint8Array[];
  readonly droppedEvents: number;
  /** Why it failed; `undefined` where it did not. */
  readonly failure: string | undefined;
}

/** The id of the span of a process: the same for the same `exec_id`, never zero. */
export function spanIdOf(execId: string): Uint8Array {
  return idOf(execId, [0n]);
}

/** The id of the trace that begins with a process. */
export function traceIdOf(execId: string): Uint8Array {
  return idOf(execId, [1n, 2n]);
}

function idOf(execId: string, seeds: readonly bigint[]): Uint8Array {
  const bytes = Buffer.alloc(seeds.length * WORD_BYTES);
  // A word of zeros is no id.
  for (const [i, seed] of seeds.entries())
    bytes.writeBigUInt64BE(Bun.hash.xxHash3(execId, seed) || 1n, i * WORD_BYTES);
  return bytes;
}

/** An event, as a field of its span. */
export function encodeSpanEvent({ time, name, attributes }: SpanEvent): Uint8Array {
  return encode((b) =>
    writeMessage(b, 0, SPAN.events, (start) => {
      let p = writeTime(b, start, EVENT.time, time);
      p = writeText(b, p, EVENT.name, name);
      for (const attribute of attributes) p = writeAttribute(b, p, EVENT.attributes, attribute);
      return p;
    }),
  );
}

/** A span, as a field of its scope. */
export function encodeSpan(span: Span): Uint8Array {
  const events = Buffer.concat(span.events as Uint8Array[]);
  return encode((b) => writeMessage(b, 0, SPANS, (start) => writeSpan(b, start, span, events)));
}

function writeSpan(b: WritableBuffer, at: number, span: Span, events: Uint8Array): number {
  const { traceId, spanId, parentSpanId, link, name, start, end, attributes, droppedEvents, failure } = span;
  let p = writeBytes(b, at, SPAN.traceId, traceId);
  p = writeBytes(b, p, SPAN.spanId, spanId);
  if (parentSpanId !== undefined) p = writeBytes(b, p, SPAN.parentSpanId, parentSpanId);
  p = writeText(b, p, SPAN.name, name);
  p = writeUint(b, p, SPAN.kind, INTERNAL);
  p = writeTime(b, p, SPAN.start, start);
  p = writeTime(b, p, SPAN.end, end);
  for (const attribute of attributes) p = writeAttribute(b, p, SPAN.attributes, attribute);
  if (p + events.length <= b.length) b.set(events, p);
  p += events.length;
  if (droppedEvents > 0) p = writeUint(b, p, SPAN.droppedEvents, droppedEvents);
  if (link !== undefined)
    p = writeMessage(b, p, SPAN.links, (inner) => {
      const behind = writeBytes(b, inner, LINK.traceId, link.traceId);
      return writeBytes(b, behind, LINK.spanId, link.spanId);
    });
  if (failure === undefined) return p;
  return writeMessage(b, p, SPAN.status, (inner) =>
    writeUint(b, writeText(b, inner, STATUS.message, failure), STATUS.code, ERROR),
  );
}

/** @param write Writes from the start on, and gives back where it ended. */
function encode(write: (b: WritableBuffer) => number): Uint8Array {
  for (let room = ROOM; ; room *= 4) {
    const b = Buffer.allocUnsafe(room);
    const end = write(b as WritableBuffer);
    if (end <= room) return new Uint8Array(b.subarray(0, end));
  }
}
