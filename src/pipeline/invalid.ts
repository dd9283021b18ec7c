/** @module What may be said about a line that was dropped as invalid. */
import type { OnInvalid } from "../event/decode.ts";
import type { InvalidEvent } from "./settings.ts";

/** Bytes of an invalid line that are shown. */
const SAMPLE_BYTES = 256;

/** What stands for a byte that could act on a terminal. */
const CONTROL = /\p{Cc}/gu;

/**
 * Turns an invalid line into what the log may show.
 * @param isSecret Whether redaction filters are set. A line that cannot be parsed cannot be redacted either, so
 * then nothing of its text is handed out.
 */
export function createInvalidReporter(report: (event: InvalidEvent) => void, isSecret: boolean): OnInvalid {
  if (isSecret) return (_bytes, _start, _end, reason) => report({ reason, sample: undefined });
  return (bytes, start, end, reason) => report({ reason, sample: sampleOf(bytes, start, end) });
}

function sampleOf(bytes: Uint8Array, start: number, end: number): string {
  const length = end - 1 - start;
  const text = decoder.decode(bytes.subarray(start, start + Math.min(length, SAMPLE_BYTES)));
  const shown = text.replace(CONTROL, "\ufffd");
  return length > SAMPLE_BYTES ? `${shown}... (${length} bytes)` : shown;
}

const decoder = new TextDecoder();
