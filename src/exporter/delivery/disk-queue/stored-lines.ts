/** @module The lines of one record as they are read back. */
import { type LineView, NO_STREAM } from "../../../event/batch.ts";
import { RECORD, type RecordHeader } from "./layout.ts";

const NEWLINE = 0x0a;

/** Where a record's payload lies, and whose it is. */
export interface StoredPayload {
  readonly start: number;
  readonly end: number;
  readonly header: RecordHeader;
  readonly prefix: Buffer;
}

/** Lines of a record. */
export class StoredLines implements LineView {
  length = 0;
  /** What the ids of the lines begin with. */
  prefix: Buffer = Buffer.alloc(0);
  /** Sequence number of the first line. */
  first = 0;
  /** Whether the line says who is speaking, and is no event. */
  isMetadata = false;
  #isWhole = false;
  #buffer: Buffer = Buffer.alloc(0);
  #ends = new Uint32Array(1024);
  #start = 0;
  #skipped = 0;

  /** @returns Whether the payload has as many lines as its header says. */
  use(buffer: Buffer, { start, end, header, prefix }: StoredPayload): boolean {
    this.#buffer = buffer;
    this.#start = start;
    this.#skipped = 0;
    this.prefix = prefix;
    this.first = header.first;
    this.#isWhole = header.kind === RECORD.wholeEvents;
    this.isMetadata = header.kind === RECORD.metadata;
    if (this.#ends.length < header.count) {
      if (header.count > end - start) return false;
      this.#ends = new Uint32Array(header.count);
    }
    let count = 0;
    for (let at = start; at < end; count++) {
      const newline = buffer.indexOf(NEWLINE, at);
      if (newline === -1 || newline >= end || count === header.count) return false;
      at = newline + 1;
      this.#ends[count] = at;
    }
    this.length = count;
    return count === header.count;
  }

  /** Leaves out the first `count` lines. */
  skip(count: number): void {
    if (count <= 0) return;
    this.#skipped += count;
    this.first += count;
    this.length -= count;
  }

  bufferAt(): Uint8Array {
    return this.#buffer;
  }

  startAt(i: number): number {
    const at = i + this.#skipped;
    return at === 0 ? this.#start : this.#ends[at - 1]!;
  }

  endAt(i: number): number {
    return this.#ends[i + this.#skipped]!;
  }

  streamAt(): number {
    return NO_STREAM;
  }

  positionAt(): number {
    return 0;
  }

  isWholeAt(): boolean {
    return this.#isWhole;
  }
}
