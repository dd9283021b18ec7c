/**
 * @module What is read of OTLP: answers to exports, `Export*ServiceResponse` of all signals; `google.rpc.Status` of what was not
 * taken; and the event of a record that was refused.
 */
import { WIRE } from "../protobuf/wire.ts";
import { MalformedMessageError, WireReader } from "../protobuf/wire-reader.ts";

/** What of an export was not taken. */
export interface PartialSuccess {
  /** Records, spans or data points. */
  readonly rejected: number;
  /** A warning where nothing was rejected. It may be long. */
  readonly message: string;
}

/** `google.rpc.Status`. */
export interface RpcStatus {
  readonly message: string;
  /** Of a `google.rpc.RetryInfo` among its details, milliseconds. */
  readonly retryDelayMs: number | undefined;
}

/** A field: its number, and a number, or where the bytes are. */
type Visit = (field: number, value: number, end: number) => void;

const NOTHING: PartialSuccess = { rejected: 0, message: "" };
const RETRY_INFO = "type.googleapis.com/google.rpc.RetryInfo";

/** Reads an `Export*ServiceResponse`; what is none says that all was taken. */
export function readExportResponse(bytes: Uint8Array): PartialSuccess {
  let [rejected, message] = [0, ""];
  try {
    within(bytes, 0, bytes.length, (field, start, end) => {
      if (field !== 1 || end < 0) return;
      within(bytes, start, end, (inner, value, stop) => {
        if (inner === 1 && stop < 0) rejected = value;
        if (inner === 2 && stop >= 0) message = textOf(bytes, value, stop);
      });
    });
  } catch (error) {
    if (!(error instanceof MalformedMessageError)) throw error;
    return NOTHING;
  }
  if (rejected >= 0) return { rejected, message };
  return { rejected: 0, message: `${rejected} rejected, which cannot be and counts as none: ${message}` };
}

/** Reads a `google.rpc.Status`; `undefined` for what is none. */
export function readRpcStatus(bytes: Uint8Array): RpcStatus | undefined {
  let message = "";
  let retryDelayMs: number | undefined;
  try {
    within(bytes, 0, bytes.length, (field, start, end) => {
      if (field === 2 && end >= 0) message = textOf(bytes, start, end);
      if (field === 3 && end >= 0) retryDelayMs ??= readRetryInfo(bytes, start, end);
    });
  } catch (error) {
    if (!(error instanceof MalformedMessageError)) throw error;
    return undefined;
  }
  return { message, retryDelayMs };
}

/** Of a `google.protobuf.Any`. */
function readRetryInfo(bytes: Uint8Array, start: number, end: number): number | undefined {
  let type = "";
  let delay: number | undefined;
  within(bytes, start, end, (field, value, stop) => {
    if (field === 1 && stop >= 0) type = textOf(bytes, value, stop);
    if (field !== 2 || stop < 0) return;
    delay = 0;
    within(bytes, value, stop, (inner, from, to) => {
      if (inner === 1 && to >= 0) delay = readDuration(bytes, from, to);
    });
  });
  return type === RETRY_INFO ? delay : undefined;
}

function readDuration(bytes: Uint8Array, start: number, end: number): number {
  let [seconds, nanoseconds] = [0, 0];
  within(bytes, start, end, (field, value) => {
    if (field === 1) seconds = value;
    if (field === 2) nanoseconds = value;
  });
  return Math.max(0, seconds * 1000 + nanoseconds / 1e6);
}

/** The event of which a record was made, as JSON. @param record As `RecordEncoder` writes it. */
export function bodyOf(record: Uint8Array): string {
  let body = "";
  within(record, 0, record.length, (_, start, end) =>
    within(record, start, end, (field, from, to) => {
      if (field !== 5) return;
      within(record, from, to, (_inner, first, last) => {
        body = textOf(record, first, last);
      });
    }),
  );
  try {
    JSON.parse(body);
    return body;
  } catch {
    return JSON.stringify(body);
  }
}

/** Visits the fields of a message; the end of one that is a number is -1. @throws MalformedMessageError */
function within(bytes: Uint8Array, start: number, end: number, visit: Visit): void {
  const reader = new WireReader();
  reader.begin(bytes, start, end);
  for (let at = start; at < end; ) {
    const tag = reader.varint(at);
    const value = reader.at;
    const next = reader.skip(tag, value, end);
    if ((tag & 7) === WIRE.varint) visit(tag >>> 3, reader.number(value), -1);
    else if ((tag & 7) === WIRE.bytes) {
      const length = reader.length(value);
      visit(tag >>> 3, reader.at, reader.at + length);
    }
    at = next;
  }
}

function textOf(bytes: Uint8Array, start: number, end: number): string {
  return new TextDecoder().decode(bytes.subarray(start, end));
}
