/** @module A line where scanners may read it. */
import { SLACK } from "../scan/line.ts";
import { type LineBytes, lineBytes } from "./walk.ts";

/** Bytes that are kept for the next line. */
const KEPT_BYTES = 256 * 1024;

/** Lines that are not looked at in place: what a scanner may read after them is not there. */
const kept = new Uint8Array(KEPT_BYTES);

/** A line with readable bytes after it. */
interface ScannableLine extends LineBytes {
  readonly start: number;
  readonly end: number;
}

/** `bytes[start, end)` where scanners can read it: in place, or a copy that the next call overwrites. */
export function scannable(bytes: Uint8Array, start: number, end: number): ScannableLine {
  if (end + SLACK <= bytes.length) {
    return { ...lineBytes(bytes), start, end };
  }
  const length = end - start;
  const scratch = length + SLACK <= KEPT_BYTES ? kept : new Uint8Array(length + SLACK);
  scratch.set(bytes.subarray(start, end));
  scratch.fill(0, length, length + SLACK);
  return { bytes: scratch, view: new DataView(scratch.buffer), start: 0, end: length };
}
