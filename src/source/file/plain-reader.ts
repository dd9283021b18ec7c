/** @module Reads followed files in turns, all through one buffer. */
import { markedPosition } from "../../checkpoint/mark.ts";
import type { LineSplitter } from "../line-splitter.ts";
import { TURN_BYTES, writeLast, writeLines } from "../pump.ts";
import type { Sink } from "../source.ts";
import type { FollowedFile } from "./followed-file.ts";

/** Bytes between two marks while there is more to read: a kill leaves an older mark, which is as true. */
const MARK_DISTANCE = 8 * 1024 * 1024;

/** How a turn ended. */
export type Turn =
  /** Something was read, and there is more. */
  | "more"
  /** Everything up to the end was read. */
  | "end"
  /** The file holds other text than what was read of it so far. */
  | "truncated";

/** Called when a file has shown more of its head, before lines of it are handed on. */
export type HeadListener = (file: FollowedFile) => void;

/** Reads one file at a time. */
export class PlainReader {
  readonly #splitter: LineSplitter;
  readonly #sink: Sink;
  readonly #onHead: HeadListener;

  constructor(splitter: LineSplitter, sink: Sink, onHead: HeadListener) {
    this.#splitter = splitter;
    this.#sink = sink;
    this.#onHead = onHead;
  }

  /**
   * Reads chunks of an open file, {@link TURN_BYTES} or a little more, and hands on their lines; the beginning of a line at
   * the end stays where it is, in the file. A long line takes as many chunks as it needs.
   * @throws The system's error.
   */
  async turn(file: FollowedFile): Promise<Turn> {
    const head = file.checkHead();
    if (head === "other" || !file.hasSameTail()) return "truncated";
    if (head === "longer") this.#onHead(file);
    const splitter = this.#splitter;
    const { cursor } = file;
    splitter.select(cursor);
    const first = cursor.position;
    for (;;) {
      const before = cursor.position;
      const wasPassing = cursor.passed > 0;
      const room = splitter.room();
      const offset = before + cursor.passed + splitter.pending;
      const count = file.read(room, offset);
      splitter.added(count);
      await writeLines(splitter, this.#sink);
      const hasMoved = cursor.position > before || cursor.passed > 0;
      // The end of a long line was found: now it is read whole.
      if (wasPassing && !hasMoved) continue;
      if (count < room.length) return this.#endOf(file, offset + count);
      if (!hasMoved) continue;
      if (cursor.position - markedPosition(file.mark) >= MARK_DISTANCE) file.noteTail();
      if (cursor.passed > 0 || cursor.position - first >= TURN_BYTES) return "more";
    }
  }

  /**
   * Hands on what is left of a file that will not grow any more: a last line without a newline is a line.
   * @throws The system's error.
   */
  async finish(file: FollowedFile): Promise<void> {
    const splitter = this.#splitter;
    const { cursor } = file;
    if (!cursor.isTooLong) cursor.passed = 0;
    splitter.select(cursor);
    for (;;) {
      const room = splitter.room();
      const count = file.read(room, cursor.position + cursor.passed + splitter.pending);
      if (count === 0) break;
      splitter.added(count);
      await writeLines(splitter, this.#sink);
    }
    await writeLast(splitter, this.#sink);
  }

  /** A read that was cut short is the end of the file, or of what was there then. */
  #endOf(file: FollowedFile, offset: number): Turn {
    this.#splitter.suspend();
    const { size } = file;
    if (size < offset) return "truncated";
    if (size > offset) return "more";
    file.noteTail();
    return "end";
  }
}
