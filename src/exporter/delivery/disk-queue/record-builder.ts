/** @module Puts lines together to records, in memory that is used again for each. */
import type { LineView } from "../../../event/batch.ts";
import { RECORD, RECORD_BYTES, writeRecordHeader } from "./layout.ts";
import type { QueuePositions } from "./positions.ts";

const INITIAL_BYTES = 256 * 1024;
/** A record takes no further line once it has so many bytes. */
const MAX_RECORD_BYTES = 1024 * 1024;
/** Lines of a record at most: as many as a batch has. */
const MAX_RECORD_LINES = 1024;

/** Builds one record after the other. */
export class RecordBuilder {
  readonly #checkpointId: bigint;
  #buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  #used = RECORD_BYTES;
  #count = 0;
  #stream = -1;
  #position = 0;
  #kind = 0;

  constructor(checkpointId: bigint) {
    this.#checkpointId = checkpointId;
  }

  /** Bytes of the record. */
  get size(): number {
    return this.#used;
  }

  /** Takes lines of one stream from number `first` on, at least one. @returns The number after the last one. */
  fill(lines: LineView, first: number, kind: number): number {
    this.#used = RECORD_BYTES;
    this.#stream = lines.streamAt(first);
    let isWhole = kind === RECORD.events;
    let i = first;
    do {
      const [start, end] = [lines.startAt(i), lines.endAt(i)];
      if (i > first && (this.#used + end - start > MAX_RECORD_BYTES || i - first === MAX_RECORD_LINES)) break;
      this.#reserve(end - start);
      Buffer.prototype.copy.call(lines.bufferAt(i), this.#buffer, this.#used, start, end);
      this.#used += end - start;
      isWhole &&= lines.isWholeAt(i);
      i++;
    } while (i < lines.length && lines.streamAt(i) === this.#stream);
    this.#kind = isWhole ? RECORD.wholeEvents : kind;
    this.#count = i - first;
    this.#position = lines.positionAt(i - 1);
    return i;
  }

  /** The record, valid until the next {@link fill}. @param sequence Of its first event. */
  seal(tag: number, sequence: number): Buffer {
    const length = this.#used - RECORD_BYTES;
    writeRecordHeader(this.#buffer, {
      length,
      count: this.#count,
      first: sequence,
      position: this.#position,
      checkpointId: this.#checkpointId,
      stream: this.#stream,
      kind: this.#kind,
      time: Date.now(),
      tag,
    });
    return this.#buffer.subarray(0, this.#used);
  }

  #reserve(bytes: number): void {
    if (this.#used + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#buffer.length * 2, this.#used + bytes));
    this.#buffer.copy(larger, 0, 0, this.#used);
    this.#buffer = larger;
  }
}

/** A record of how far streams are. @param sequence Of the next event. */
export function positionsRecord(
  positions: QueuePositions,
  checkpointId: bigint,
  tag: number,
  sequence: number,
): Buffer {
  const length = positions.bytes;
  const record = Buffer.alloc(RECORD_BYTES + length);
  positions.write(record, RECORD_BYTES);
  writeRecordHeader(record, {
    length,
    count: 0,
    first: sequence,
    position: 0,
    checkpointId,
    stream: -1,
    kind: RECORD.positions,
    time: Date.now(),
    tag,
  });
  return record;
}
