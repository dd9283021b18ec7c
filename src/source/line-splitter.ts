/**
 * @module Cuts streams of bytes into lines, all sources alike, without copying a line.
 *
 * The reader asks for {@link LineSplitter.room}, reads into it, says how much by {@link LineSplitter.added}, and
 * takes batches from {@link LineSplitter.next} until there are none. What is left then is the beginning of a line,
 * which stays for the next read. One splitter serves many streams in turn: {@link LineSplitter.select}.
 */
import { EventBatch } from "../event/batch.ts";
import { SLACK } from "../event/scan/line.ts";
import { TextMemory } from "../event/scan/text-memory.ts";
import { skipFiller } from "./blank.ts";
import { CriLines } from "./cri-lines.ts";
import type { LineCursor } from "./line-cursor.ts";
import { countTooLong, type LineSplitterSettings } from "./line-limit.ts";
import { mayWrap } from "./wrapped-line.ts";

/** Bytes of one read: small enough to stay in the cache until its lines have been sent. */
export const CHUNK_BYTES = 256 * 1024;
/** Least room for a read when the buffer holds the beginning of a line. */
const LEAST_ROOM = 64 * 1024;
/** Reads that a grown buffer is kept for after the last long line. */
const READS_BEFORE_SHRINK = 64;
/** Text of joined or changed lines that a batch may keep for the next one, bytes. */
const KEPT_REWRITTEN_BYTES = 2 * 1024 * 1024;

const NEWLINE = 0x0a;
const OPENING_BRACE = 0x7b;

/** A buffer and the batch over it. */
export class LineSplitter {
  /** The lines of the last {@link next}. */
  readonly batch: EventBatch;
  readonly #settings: LineSplitterSettings;
  readonly #criLines: CriLines;
  /** Where scanners find it, once there is a first read. Not a `Buffer`: its `indexOf` takes almost twice as long. */
  #buffer = new Uint8Array(0);
  #cursor: LineCursor | undefined;
  /** The buffer's bytes `[#taken, #filled)` belong to the cursor's next line; `[#taken, #searched)` hold no newline. */
  #taken = 0;
  #searched = 0;
  #filled = 0;
  #readsSinceLong = 0;

  constructor(settings: LineSplitterSettings) {
    this.#settings = settings;
    this.batch = new EventBatch(this.#buffer);
    this.#criLines = new CriLines(this.batch, settings);
  }

  /** Goes over to another stream, or back to one; bytes of the last one that are no whole line are forgotten. */
  select(cursor: LineCursor): void {
    this.#cursor = cursor;
    this.#empty();
    this.batch.stream = cursor.stream;
  }

  /** Bytes held of a line whose end has not been read. */
  get pending(): number {
    return this.#filled - this.#taken;
  }

  /**
   * Ends the turn of a stream that will be read again from its position. The beginning of a long line is not
   * kept and not read twice: its length is, until its end has come.
   */
  suspend(): void {
    if (this.pending > CHUNK_BYTES) this.#cursor!.passed = this.pending;
    this.#empty();
  }

  /** Where the next bytes go: never empty. Valid until the next call of any method. */
  room(): Uint8Array {
    const { pending } = this;
    if (pending === 0) this.#empty();
    if (this.#buffer.length === 0) this.#moveTo(CHUNK_BYTES);
    if (pending + LEAST_ROOM > CHUNK_BYTES) {
      this.#readsSinceLong = 0;
      const isSpent = pending + LEAST_ROOM > this.#buffer.length;
      if (isSpent) this.#moveTo(Math.min(pending * 2, this.#settings.maxLineBytes + CHUNK_BYTES));
    } else if (this.#buffer.length > CHUNK_BYTES && this.#readsSinceLong++ > READS_BEFORE_SHRINK) {
      this.#moveTo(CHUNK_BYTES);
    }
    if (this.#filled + LEAST_ROOM > this.#buffer.length) this.#moveTo(this.#buffer.length);
    // No line ends so near to the buffer's end that it would have to be copied to be looked at word by word.
    const end = Math.min(this.#buffer.length - SLACK, this.#filled + CHUNK_BYTES);
    return this.#buffer.subarray(this.#filled, end);
  }

  /** Says that the first `count` bytes of {@link room} are the stream's next ones. */
  added(count: number): void {
    this.#filled += count;
  }

  /**
   * Fills the batch with the next whole lines, at most its capacity.
   * @returns Whether the batch is to be written: it has lines, or its `endPosition` moved past skipped ones.
   */
  next(): boolean {
    const { batch } = this;
    const cursor = this.#cursor!;
    batch.clear();
    if (batch.rewritten.length > KEPT_REWRITTEN_BYTES) batch.rewritten = new Uint8Array(0);
    const before = cursor.reached;
    if (cursor.passed > 0 && !this.#pass(cursor)) return false;
    this.#takeLines(cursor);
    const reached = cursor.reached;
    batch.endPosition = reached;
    this.#settings.counters.bytes_read += reached - before;
    return reached > before;
  }

  /**
   * Completes the last line of a stream that has ended: one without a newline gets one, parts of a container log
   * line count as a line.
   * @returns Whether the batch is to be written.
   */
  finish(): boolean {
    const cursor = this.#cursor!;
    const isCut = this.pending > 0;
    if (isCut) {
      this.room()[0] = NEWLINE;
      this.added(1);
    }
    const isTooLong = cursor.passed > 0 && !isCut;
    let isFilled = this.next();
    if (isTooLong) {
      cursor.position += cursor.passed;
      this.#settings.counters.bytes_read += cursor.passed;
      this.#forgetPassed(cursor);
      isFilled = true;
    }
    if (isCut) {
      // The newline is ours, not the stream's.
      cursor.position--;
      this.#settings.counters.bytes_read--;
      const { count, position } = this.batch;
      if (count > 0) position[count - 1] = Math.min(position[count - 1]!, cursor.position);
    }
    isFilled = this.#criLines.finish(cursor) || isFilled;
    this.batch.endPosition = cursor.reached;
    return isFilled;
  }

  #takeLines(cursor: LineCursor): void {
    const { batch } = this;
    const { maxLineBytes, counters } = this.#settings;
    // A view, so that the search ends where the bytes end.
    const bytes = this.#buffer.subarray(0, this.#filled);
    const base = cursor.position - this.#taken;
    const { silentUntil } = cursor;
    let start = this.#taken;
    let from = this.#searched;
    let count = 0;
    while (!batch.isFull) {
      const newline = bytes.indexOf(NEWLINE, from);
      if (newline === -1) {
        from = this.#filled;
        break;
      }
      from = newline + 1;
      if (base + start < silentUntil) {
        this.#criLines.takeSilently(cursor, bytes, start, newline);
      } else if (bytes[start] === OPENING_BRACE && newline - start <= maxLineBytes) {
        if (
          !mayWrap(bytes, start) ||
          !this.#criLines.takeWrapped(cursor, bytes, start, newline, base + from)
        ) {
          count++;
          batch.push(start, from, base + from);
        }
      } else {
        this.#takeOther(cursor, bytes, start, newline, base + from);
      }
      start = from;
    }
    counters.read += count;
    start = this.#dropNuls(start);
    if (start > from) from = start;
    cursor.position = base + start;
    this.#taken = start;
    this.#searched = from;
    if (this.#filled - start > maxLineBytes && from === this.#filled) this.#startPassing(cursor);
  }

  /**
   * A hole in a file can be longer than any line: it is not kept. A short one is, since some network file systems show
   * NUL bytes where text is about to appear.
   * @returns Where the line at `start` begins.
   */
  #dropNuls(start: number): number {
    if (this.#buffer[start] !== 0 || this.#filled - start <= CHUNK_BYTES) return start;
    let end = start;
    while (end < this.#filled && this.#buffer[end] === 0) end++;
    return end;
  }

  /** A line that is not a plain JSON object: too long, blank, a container log line, or rubbish for others to count. */
  #takeOther(cursor: LineCursor, bytes: Uint8Array, begin: number, newline: number, position: number): void {
    if (newline - begin > this.#settings.maxLineBytes) {
      countTooLong(this.#settings);
      return;
    }
    const start = skipFiller(bytes, begin, newline);
    const first = bytes[start]!;
    if (first >= 0x30 && first <= 0x39 && this.#criLines.take(cursor, bytes, start, newline, position))
      return;
    if (start === newline) return;
    const isBraced = first === OPENING_BRACE && mayWrap(bytes, start);
    if (isBraced && this.#criLines.takeWrapped(cursor, bytes, start, newline, position)) return;
    this.#settings.counters.read++;
    this.batch.push(start, newline + 1, position);
  }

  /** The line at the cursor grew over the limit: from here on its bytes are dropped as they come. */
  #startPassing(cursor: LineCursor): void {
    cursor.passed = this.pending;
    this.#empty();
    this.#markTooLong(cursor);
  }

  /**
   * Looks for the end of the line whose beginning was not kept.
   * @returns Whether lines may be taken from the buffer now.
   */
  #pass(cursor: LineCursor): boolean {
    const newline = this.#buffer.subarray(0, this.#filled).indexOf(NEWLINE, this.#taken);
    const length = cursor.passed + (newline === -1 ? this.#filled : newline) - this.#taken;
    if (length > this.#settings.maxLineBytes) this.#markTooLong(cursor);
    if (newline === -1) {
      cursor.passed = length;
      this.#empty();
      return false;
    }
    if (!cursor.isTooLong) {
      // Its end is known now, and it is within the limit: the reader reads it again, from its beginning.
      this.#forgetPassed(cursor);
      this.#empty();
      return false;
    }
    cursor.position += length + 1;
    this.#forgetPassed(cursor);
    this.#taken = newline + 1;
    this.#searched = newline + 1;
    return true;
  }

  #forgetPassed(cursor: LineCursor): void {
    cursor.passed = 0;
    cursor.isTooLong = false;
  }

  #markTooLong(cursor: LineCursor): void {
    if (!cursor.isTooLong && cursor.position >= cursor.silentUntil) countTooLong(this.#settings);
    cursor.isTooLong = true;
  }

  #empty(): void {
    this.#taken = 0;
    this.#searched = 0;
    this.#filled = 0;
  }

  /** Moves what is pending to the front of the buffer, or of a new one when the size is another. */
  #moveTo(size: number): void {
    if (size === this.#buffer.length) {
      this.#buffer.copyWithin(0, this.#taken, this.#filled);
    } else {
      const other = new TextMemory(size).bytes;
      other.set(this.#buffer.subarray(this.#taken, this.#filled));
      this.#buffer = other;
      this.batch.bytes = other;
    }
    this.#filled -= this.#taken;
    this.#searched -= this.#taken;
    this.#taken = 0;
  }
}
