/** @module Writes lines to a file descriptor with writev(2), off the event loop. */
import { writev } from "node:fs";
import type { LineView } from "../event/batch.ts";
import type { PushBatch } from "./delivery/push-batch.ts";

/**
 * Bytes in one write at most, unless one line is longer. Large enough to be cheap, small enough for the queue
 * to get its memory back soon.
 */
const MAX_WRITE_BYTES = 1024 * 1024;

/** What one {@link FdWriter.write} did. */
export interface FdWriteResult {
  /** How many of the first lines are now whole in the file. */
  readonly lines: number;
  /** Length of those lines, bytes. */
  readonly bytes: number;
  /** Why it stopped before the last line. */
  readonly error: Error | undefined;
}

/** Writes to one descriptor, one call at a time. */
export class FdWriter {
  readonly #fd: number;
  /**
   * Bytes of the front line that are in the file already, because a write stopped inside of it. The next write
   * goes on after them. Set it to 0 after cutting them off.
   */
  partial = 0;

  /** @param fd Open for writing; stays the caller's. */
  constructor(fd: number) {
    this.#fd = fd;
  }

  /**
   * Writes the first of the lines. Never rejects.
   * @param count How many, at least 1 and at most `lines.length`: see {@link countWritable}.
   */
  async write(lines: LineView, count: number): Promise<FdWriteResult> {
    let pieces = joinLines(lines, count, this.partial);
    let rest = this.partial;
    let error: Error | undefined;
    // A short write does not say why: the next one does.
    while (pieces.length > 0 && error === undefined) {
      const result = await this.#writePieces(pieces);
      if (typeof result === "number") {
        rest += result;
        pieces = dropBytes(pieces, result);
      } else {
        error = result;
      }
    }
    if (error === undefined) {
      const bytes = rest;
      this.partial = 0;
      return { lines: count, bytes, error };
    }
    let whole = 0;
    let bytes = 0;
    for (; whole < count; whole++) {
      const length = lines.endAt(whole) - lines.startAt(whole);
      if (length > rest) break;
      rest -= length;
      bytes += length;
    }
    this.partial = rest;
    return { lines: whole, bytes, error };
  }

  #writePieces(pieces: readonly Uint8Array[]): Promise<number | Error> {
    return new Promise((resolve) => {
      writev(this.#fd, pieces, null, (error, written) => {
        resolve(error ?? (written > 0 ? written : new Error("nothing was written")));
      });
    });
  }
}

/**
 * How many of the lines one write may take.
 * @param maxBytes Room for them, bytes. The result is 0 when the first line does not fit.
 */
export function countWritable(lines: PushBatch, maxBytes: number): number {
  if (lines.bytes <= Math.min(maxBytes, MAX_WRITE_BYTES)) return lines.length;
  let bytes = 0;
  let count = 0;
  while (count < lines.length) {
    bytes += lines.endAt(count) - lines.startAt(count);
    if (bytes > maxBytes || (bytes > MAX_WRITE_BYTES && count > 0)) break;
    count++;
  }
  return count;
}

/**
 * The text of the first `count` lines, without the first `skip` bytes, in as few pieces as memory allows.
 * There are fewer than IOV_MAX (1024): a piece ends with its chunk or is next to a line of more than 64 KiB.
 */
function joinLines(lines: LineView, count: number, skip: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let buffer = lines.bufferAt(0);
  let start = lines.startAt(0) + skip;
  let end = lines.endAt(0);
  for (let i = 1; i < count; i++) {
    if (lines.bufferAt(i) !== buffer || lines.startAt(i) !== end) {
      pieces.push(buffer.subarray(start, end));
      buffer = lines.bufferAt(i);
      start = lines.startAt(i);
    }
    end = lines.endAt(i);
  }
  pieces.push(buffer.subarray(start, end));
  return pieces;
}

/** The pieces without their first `bytes` bytes. */
function dropBytes(pieces: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let rest = bytes;
  let first = 0;
  while (first < pieces.length && rest >= pieces[first]!.length) rest -= pieces[first++]!.length;
  const left = pieces.slice(first);
  if (rest > 0) left[0] = left[0]!.subarray(rest);
  return left;
}
