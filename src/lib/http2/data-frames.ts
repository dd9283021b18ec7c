/**
 * @module DATA frames made before it is known on which stream they go: made once, they go to any number of peers. The number
 * of the stream is written when they leave.
 */
import { FRAME, FRAME_HEAD_BYTES, MAX_FRAME_BYTES } from "./protocol.ts";

/** Frames, one behind another. */
export interface DataFrames {
  readonly bytes: Uint8Array;
}

/** Writes the head of a frame. */
export function writeFrameHead(
  target: Uint8Array,
  at: number,
  { length, type, flags, stream }: { length: number; type: number; flags: number; stream: number },
): void {
  target[at] = length >>> 16;
  target[at + 1] = length >>> 8;
  target[at + 2] = length;
  target[at + 3] = type;
  target[at + 4] = flags;
  writeUint32(target, at + 5, stream);
}

/** Writes 32 bits. */
export function writeUint32(target: Uint8Array, at: number, value: number): void {
  target[at] = value >>> 24;
  target[at + 1] = value >>> 16;
  target[at + 2] = value >>> 8;
  target[at + 3] = value;
}

/** How many bytes there are in the frames of so many bytes. */
export function framedBytes(length: number): number {
  return length + Math.ceil(length / MAX_FRAME_BYTES) * FRAME_HEAD_BYTES;
}

/** Makes frames of `source[from, to)`, which is copied. @param memory Where they are put, if it is large enough. */
export function frameData(source: Uint8Array, from: number, to: number, memory?: Uint8Array): DataFrames {
  const size = framedBytes(to - from);
  const bytes = memory === undefined ? new Uint8Array(size) : memory.subarray(0, size);
  for (let read = from, at = 0; read < to; ) {
    const length = Math.min(MAX_FRAME_BYTES, to - read);
    writeFrameHead(bytes, at, { length, type: FRAME.data, flags: 0, stream: 0 });
    at += FRAME_HEAD_BYTES;
    bytes.set(source.subarray(read, read + length), at);
    read += length;
    at += length;
  }
  return { bytes };
}

/** Bytes of the payload of the frame at `at`. */
export function payloadAt(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
}

/** Says on which stream the frames in `bytes[from, to)` go. */
export function addressFrames(
  bytes: Uint8Array,
  stream: number,
  { from, to }: { from: number; to: number },
): void {
  for (let at = from; at < to; at += FRAME_HEAD_BYTES + payloadAt(bytes, at))
    writeUint32(bytes, at + 5, stream);
}

/** The end of the frames from `from` on that as a whole need no more of a window than `window`. */
export function framesWithin(bytes: Uint8Array, from: number, window: number): number {
  let at = from;
  for (let left = window; at < bytes.length; ) {
    const length = payloadAt(bytes, at);
    left -= length;
    if (left < 0) break;
    at += FRAME_HEAD_BYTES + length;
  }
  return at;
}
