/**
 * @module The line format of Kubernetes' container logs (CRI):
 * `2024-01-01T00:00:00.000000000Z stdout F text`, where `P` instead of `F` means that the line goes on in the next
 * one of the same stream. After `P` or `F` further tags may follow, divided by colons.
 */

/** Length of the shortest time stamp, `2024-01-01T00:00:00Z`, and of the longest, with nanoseconds and an offset. */
const SHORTEST_TIME = 20;
const LONGEST_TIME = 35;
const SPACE = 0x20;
const COLON = 0x3a;
const HYPHEN = 0x2d;
const LETTER_T = 0x54;
const LETTER_F = 0x46;
const LETTER_P = 0x50;
const LETTER_S = 0x73;
const LETTER_T_SMALL = 0x74;
const LETTER_O = 0x6f;
const LETTER_E = 0x65;

/** Names of the two streams, by `CriLine.stream`. */
export const CRI_STREAMS = ["stdout", "stderr"] as const;
/** Length of either name. */
const STREAM_NAME_LENGTH = 6;

/** What one line is made of. */
export interface CriLine {
  /** Index into {@link CRI_STREAMS}. */
  stream: 0 | 1;
  /** Whether the text goes on in a later line. */
  isPartial: boolean;
  /** Offset of the text. */
  text: number;
}

/**
 * Takes a container log line apart.
 * @param into Filled in place, so that a line costs no allocation.
 * @param end Offset of the newline.
 * @returns Whether `bytes[start, end)` is such a line.
 */
export function parseCriLine(bytes: Uint8Array, start: number, end: number, into: CriLine): boolean {
  if (end - start < SHORTEST_TIME + STREAM_NAME_LENGTH + 4) return false;
  if (bytes[start + 4] !== HYPHEN || bytes[start + 10] !== LETTER_T) return false;
  let at = start + SHORTEST_TIME;
  const last = Math.min(end, start + LONGEST_TIME);
  while (at < last && bytes[at] !== SPACE) at++;
  if (bytes[at] !== SPACE) return false;
  const stream = streamAt(bytes, at + 1);
  if (stream === -1) return false;
  const tag = at + STREAM_NAME_LENGTH + 2;
  if (bytes[tag - 1] !== SPACE || tag >= end) return false;
  const isPartial = bytes[tag] === LETTER_P;
  if (!isPartial && bytes[tag] !== LETTER_F) return false;
  let text = tag + 1;
  if (bytes[text] === COLON) while (text < end && bytes[text] !== SPACE) text++;
  if (text < end && bytes[text] !== SPACE) return false;
  into.stream = stream;
  into.isPartial = isPartial;
  into.text = Math.min(text + 1, end);
  return true;
}

/** `stdout` or `stderr`; the letters in between need no look: nothing else begins and ends like this. */
function streamAt(bytes: Uint8Array, at: number): 0 | 1 | -1 {
  if (bytes[at] !== LETTER_S || bytes[at + 1] !== LETTER_T_SMALL) return -1;
  const letter = bytes[at + 3];
  if (letter === LETTER_O) return 0;
  return letter === LETTER_E ? 1 : -1;
}
