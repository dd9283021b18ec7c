/** @module Reads the records of one segment in order, and finds the next sound one behind damage. */
import { fs } from "../../../os/fs.ts";
import { RECORD_BYTES, RECORD_MAGIC, type RecordHeader, readRecordHeader, SEGMENT_BYTES } from "./layout.ts";

/** What is read at once, at least. */
const WINDOW_BYTES = 1024 * 1024;

/** A record, valid until the next one is read. */
export interface StoredRecord {
  readonly header: RecordHeader;
  /** Where the payload lies in {@link SegmentReader.buffer}. */
  readonly start: number;
  readonly end: number;
  /** Offset in the segment after it. */
  readonly endOffset: number;
  /** Whether the payload is as it was written. */
  readonly isSound: boolean;
}

/** Memory that readers use one after the other. */
export class ReadWindow {
  buffer: Buffer = Buffer.allocUnsafeSlow(0);
}

/** Reads one segment. */
export class SegmentReader {
  /** Where the next record is looked for. */
  offset = SEGMENT_BYTES;
  readonly #fd: number;
  readonly #tag: number;
  readonly #window: ReadWindow;
  #from = 0;
  #filled = 0;

  /** @param fd Of the segment; the caller's. @param tag The segment's. */
  constructor(fd: number, tag: number, window: ReadWindow) {
    this.#fd = fd;
    this.#tag = tag;
    this.#window = window;
  }

  /** What {@link StoredRecord.start} counts in. */
  get buffer(): Buffer {
    return this.#window.buffer;
  }

  /**
   * Reads the next record below `limit`, the bytes that the segment has. Damage before it is passed over.
   * @returns `undefined` when there is no whole record left.
   */
  next(limit: number): StoredRecord | undefined {
    while (this.offset + RECORD_BYTES <= limit) {
      if (!this.#load(RECORD_BYTES, limit)) return undefined;
      const at = this.offset - this.#from;
      const header = readRecordHeader(this.buffer.subarray(0, this.#filled), at);
      if (header === undefined || header.tag !== this.#tag) {
        if (!this.#skipToMagic(limit)) return undefined;
        continue;
      }
      const whole = RECORD_BYTES + header.length;
      // Cut short: by a kill, or by somebody.
      if (this.offset + whole > limit || !this.#load(whole, limit)) return undefined;
      const start = this.offset - this.#from + RECORD_BYTES;
      const end = start + header.length;
      const isSound = Bun.hash.crc32(this.buffer.subarray(start, end)) === header.payloadCrc;
      this.offset += whole;
      return { header, start, end, endOffset: this.offset, isSound };
    }
    return undefined;
  }

  /** Has `count` bytes from {@link offset} on in the window. */
  #load(count: number, limit: number): boolean {
    const at = this.offset - this.#from;
    if (at >= 0 && at + count <= this.#filled) return true;
    const size = Math.max(WINDOW_BYTES, count);
    if (this.buffer.length < size) this.#window.buffer = Buffer.allocUnsafeSlow(size);
    const wanted = Math.min(size, limit - this.offset);
    this.#from = this.offset;
    this.#filled = 0;
    while (this.#filled < wanted) {
      const read = fs().readSync(
        this.#fd,
        this.buffer,
        this.#filled,
        wanted - this.#filled,
        this.#from + this.#filled,
      );
      if (read === 0) break;
      this.#filled += read;
    }
    return this.#filled >= count;
  }

  #skipToMagic(limit: number): boolean {
    this.offset++;
    while (this.offset + RECORD_BYTES <= limit && this.#load(RECORD_BYTES, limit)) {
      const found = this.buffer.subarray(0, this.#filled).indexOf(RECORD_MAGIC, this.offset - this.#from);
      if (found >= 0) {
        this.offset = this.#from + found;
        return true;
      }
      this.offset = this.#from + this.#filled - RECORD_MAGIC.length + 1;
    }
    return false;
  }
}
