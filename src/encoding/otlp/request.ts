/**
 * @module Requests that export something: the resource, the scope, and behind them what is exported. The messages of logs,
 * traces and metrics have the same fields at the same numbers (opentelemetry/proto/collector).
 */
import { varintSize, WIRE, writeVarint } from "../protobuf/wire.ts";
import { writeBytes, writeTag } from "./wire.ts";

/** `ExportLogsServiceRequest.resource_logs`, `ResourceLogs.resource` and `.scope_logs`, `ScopeLogs.scope`. */
const [RESOURCE_LOGS, RESOURCE, SCOPE_LOGS, SCOPE] = [1, 1, 2, 1];
/** Every field of these has a number below 16. */
const TAG_BYTES = 1;

/** What stands before what is exported. */
export interface Head {
  /** A `Resource`. */
  readonly resource: Uint8Array;
  /** An `InstrumentationScope`. */
  readonly scope: Uint8Array;
}

/** A request with these records, each a field of its scope. */
export function requestOf(head: Head, records: readonly Uint8Array[]): Buffer<ArrayBuffer> {
  const recordBytes = records.reduce((sum, { length }) => sum + length, 0);
  const b = Buffer.allocUnsafe(headBytes(head, recordBytes) + recordBytes);
  let at = writeHead(b, head, recordBytes);
  for (const bytes of records) {
    b.set(bytes, at);
    at += bytes.length;
  }
  return b as Buffer<ArrayBuffer>;
}

/** Bytes that stand before records of so many bytes. */
export function headBytes(head: Head, recordBytes: number): number {
  return sizeOf(resourceBytes(head, scopeBytes(head, recordBytes))) - recordBytes;
}

/** Writes what {@link headBytes} counts to the beginning. @returns The offset after it: where the records belong. */
export function writeHead(b: Uint8Array, head: Head, recordBytes: number): number {
  const { resource, scope } = head;
  const inScope = scopeBytes(head, recordBytes);
  let at = writeVarint(b, writeTag(b, 0, RESOURCE_LOGS!, WIRE.bytes), resourceBytes(head, inScope));
  at = writeBytes(b, at, RESOURCE!, resource);
  at = writeVarint(b, writeTag(b, at, SCOPE_LOGS!, WIRE.bytes), inScope);
  return writeBytes(b, at, SCOPE!, scope);
}

function scopeBytes({ scope }: Head, recordBytes: number): number {
  return sizeOf(scope.length) + recordBytes;
}

function resourceBytes({ resource }: Head, inScope: number): number {
  return sizeOf(resource.length) + sizeOf(inScope);
}

/** Bytes of a message as a field. */
function sizeOf(bytes: number): number {
  return TAG_BYTES + varintSize(bytes) + bytes;
}
