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
export function requestOf({ resource, scope }: Head, records: readonly Uint8Array[]): Buffer<ArrayBuffer> {
  const recordBytes = records.reduce((sum, { length }) => sum + length, 0);
  const scopeBytes = sizeOf(scope.length) + recordBytes;
  const resourceBytes = sizeOf(resource.length) + sizeOf(scopeBytes);
  const b = Buffer.allocUnsafe(sizeOf(resourceBytes));
  let at = writeVarint(b, writeTag(b, 0, RESOURCE_LOGS!, WIRE.bytes), resourceBytes);
  at = writeBytes(b, at, RESOURCE!, resource);
  at = writeVarint(b, writeTag(b, at, SCOPE_LOGS!, WIRE.bytes), scopeBytes);
  at = writeBytes(b, at, SCOPE!, scope);
  for (const bytes of records) {
    b.set(bytes, at);
    at += bytes.length;
  }
  return b as Buffer<ArrayBuffer>;
}

/** Bytes of a message as a field. */
function sizeOf(bytes: number): number {
  return TAG_BYTES + varintSize(bytes) + bytes;
}
