/** @module The records of all segments as one stream: damage is passed over, and what it has taken is counted. */
import { RECORD } from "./layout.ts";
import { ReadWindow, SegmentReader } from "./segment-reader.ts";
import type { Segment, Segments } from "./segments.ts";
import { StoredLines } from "./stored-lines.ts";

/** A record that was read and has not been delivered. */
export interface TakenRecord {
  /** Sequence number after its last event. */
  readonly end: number;
  readonly segment: Segment;
  /** Offset in it after the record. */
  readonly endOffset: number;
  /** When it was written, milliseconds since 1970. */
  readonly time: number;
}

/** Reads on from where delivery stands. */
export class RecordStream {
  /** Sequence number of the next event that is read. */
  expected: number;
  /** Those that were read, oldest first. {@link RecordStream.next} adds to them; whoever delivers takes them away. */
  readonly taken: TakenRecord[] = [];
  readonly #segments: Segments;
  readonly #onLost: (events: number) => void;
  readonly #window = new ReadWindow();
  readonly #lines = new StoredLines();
  #reader: SegmentReader | undefined;
  #segment: Segment | undefined;

  /** @param first Sequence number of the first event to be read. @param onLost Takes how many events damage has taken. */
  constructor(segments: Segments, first: number, onLost: (events: number) => void) {
    this.#segments = segments;
    this.expected = first;
    this.#onLost = onLost;
  }

  /** Whether nothing of the segment is still to be read. */
  isBehind(segment: Segment): boolean {
    return this.#segment !== undefined && segment.first <= this.#segment.first && segment !== this.#segment;
  }

  /** The segment that is read begins anew. */
  rewind(): void {
    this.#reader = undefined;
  }

  /** The next lines before `end`, valid until the next call; `undefined` when there are none. */
  next(end: number): StoredLines | undefined {
    while (this.expected < end) {
      this.#segment ??= this.#segments.at(0);
      const segment = this.#segment;
      if (segment === undefined) break;
      this.#reader ??= new SegmentReader(segment.fd, segment.tag, this.#window);
      const record = this.#reader.next(segment.size);
      if (record === undefined) {
        if (!this.#turnTo(this.#segments.after(segment))) break;
        continue;
      }
      const { header, start, end: after, endOffset, isSound } = record;
      const last = header.first + header.count;
      if (header.kind === RECORD.positions || last <= this.expected || last > end || !isSound) continue;
      const where = { start, end: after, header, prefix: segment.prefix };
      if (!this.#lines.use(this.#reader.buffer, where)) continue;
      this.#skipTo(header.first);
      this.#lines.skip(this.expected - header.first);
      this.expected = last;
      this.taken.push({ end: last, segment, endOffset, time: header.time });
      return this.#lines;
    }
    this.#skipTo(end);
    return undefined;
  }

  #turnTo(segment: Segment | undefined): boolean {
    if (segment === undefined) return false;
    this.#segment = segment;
    this.#reader = undefined;
    this.#skipTo(segment.first);
    return true;
  }

  /** Events before `sequence` that were not read are lost. */
  #skipTo(sequence: number): void {
    const lost = sequence - this.expected;
    if (lost <= 0) return;
    this.expected = sequence;
    this.#onLost(lost);
  }
}
