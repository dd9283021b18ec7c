/** @module Padding of frames (RFC 9113, sections 6.1 and 6.2). */
import type { Frame } from "./frame-reader.ts";
import { FLAG, protocolError } from "./protocol.ts";

/** The payload without what is there to hide its length. @throws Http2Error for more padding than payload. */
export function withoutPadding({ flags, payload }: Frame): Uint8Array {
  if ((flags & FLAG.padded) === 0) return payload;
  const padding = payload[0] ?? 0;
  if (padding >= payload.length) protocolError("more padding than there is room");
  return payload.subarray(1, payload.length - padding);
}
