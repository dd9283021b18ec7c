/** @module Finds line boundaries in files that are not read from their beginning. */
import { type CriLine, parseCriLine } from "../cri-line.ts";
import type { FollowedFile } from "./followed-file.ts";

const STEP_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

/**
 * The last line boundary in the file: after it lies nothing, or the beginning of a line whose end is yet to come.
 * @param maxLineBytes When no newline is found so far back, the end of the file counts as one.
 */
export function lastBoundary(file: FollowedFile, maxLineBytes: number): number {
  const { size } = file;
  const limit = Math.max(0, size - maxLineBytes - 1);
  const step = new Uint8Array(STEP_BYTES);
  for (let end = size; end > limit; ) {
    const start = Math.max(limit, end - STEP_BYTES);
    const count = file.read(step.subarray(0, end - start), start);
    const newline = step.subarray(0, count).lastIndexOf(NEWLINE);
    if (newline !== -1) return start + newline + 1;
    end = start;
  }
  return limit === 0 ? 0 : size;
}

/**
 * Where to begin reading so that container log lines which go on after `position` are read whole: `position`
 * itself, unless one of the streams before it ends in a partial line. Then a boundary far enough back.
 */
export function boundaryBeforeParts(file: FollowedFile, position: number, maxLineBytes: number): number {
  if (!endsInParts(file, position)) return position;
  const start = Math.max(0, position - maxLineBytes - STEP_BYTES);
  if (start === 0) return 0;
  const step = new Uint8Array(STEP_BYTES);
  const count = file.read(step, start);
  const newline = step.subarray(0, count).indexOf(NEWLINE);
  return newline === -1 ? position : start + newline + 1;
}

/** Whether the last line of either container stream before `position` is partial. */
function endsInParts(file: FollowedFile, position: number): boolean {
  const start = Math.max(0, position - STEP_BYTES);
  const window = new Uint8Array(position - start);
  const bytes = window.subarray(0, file.read(window, start));
  const line: CriLine = { stream: 0, isPartial: false, text: 0 };
  const isPartial = [false, false];
  for (let from = 0; ; ) {
    const newline = bytes.indexOf(NEWLINE, from);
    if (newline === -1) break;
    if (parseCriLine(bytes, from, newline, line)) isPartial[line.stream] = line.isPartial;
    from = newline + 1;
  }
  return isPartial.includes(true);
}
