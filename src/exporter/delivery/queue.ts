/** @module The bounded queue that every exporter keeps its waiting events in. */
import type { LineView } from "../../event/batch.ts";

/** How much a {@link LineQueue} takes at most. */
export type QueueLimits = {
  /** Events, at least 1: `--event-queue-size`. */
  readonly maxEvents: number;
  /** Bytes of event text: `--event-queue-bytes`. A line that is longer never fits. */
  readonly maxBytes: number;
  /** Bytes of text above which sources that can wait do. @default half of {@link maxBytes} */
  readonly enoughBytes?: number;
};

/**
 * Bytes in one chunk. JavaScriptCore keeps arrays above 1000 bytes outside of the heap that its collector
 * moves and frees cells in, so the address of a chunk holds for as long as the chunk is referenced.
 */
const CHUNK_BYTES = 256 * 1024;
/** A longer line gets a chunk of its own: at most a quarter of a shared chunk is lost at its end. */
const LARGE_LINE = CHUNK_BYTES / 4;
/** Empty chunks kept for the next events, so that a queue that fills and drains with each batch allocates nothing. */
const MAX_SPARE_CHUNKS = 8;
/** Lines that the arrays have room for when the queue is empty. A power of two. */
const MIN_LINES = 1024;

const NO_CHUNK = -1;

/**
 * A first-in first-out queue of lines, bounded in events and in bytes. It copies the text of the lines into a
 * few large chunks and makes no object per line. Lines that are pushed one after the other lie one after the
 * other in memory wherever they share a chunk, so that a writer can join them: line `i` and `i + 1` are
 * adjacent when `bufferAt` is the same and `endAt(i) === startAt(i + 1)`.
 *
 * The front lines stay where they are, at the same address, until {@link shift} removes them: a write may be
 * in flight on them while lines are pushed. Memory is given back as lines leave: a drained queue keeps no more
 * chunks than it needed since it was empty before, and at most 2 MiB.
 */
export class LineQueue {
  /** Lines waiting. */
  length = 0;
  /** Bytes of text waiting, newlines included. */
  bytes = 0;

  readonly #maxEvents: number;
  readonly #maxBytes: number;
  readonly #enoughBytes: number;

  // A ring: line i of the queue is at (#head + i) & #mask.
  #head = 0;
  #mask = MIN_LINES - 1;
  #chunk = new Int32Array(MIN_LINES);
  #start = new Uint32Array(MIN_LINES);
  #end = new Uint32Array(MIN_LINES);
  #stream = new Int32Array(MIN_LINES);
  #position = new Float64Array(MIN_LINES);
  #isWhole = new Uint8Array(MIN_LINES);

  readonly #chunks: (Uint8Array | undefined)[] = [];
  /** Lines of the queue in each chunk. */
  readonly #lines: number[] = [];
  readonly #freeSlots: number[] = [];
  readonly #spare: Uint8Array[] = [];
  #usedChunks = 0;
  #mostUsedChunks = 0;
  /** The chunk that short lines go into. It may be empty, for the next line. */
  #fill = NO_CHUNK;
  #fillEnd = 0;

  // Where #reserve put the last line.
  #slot = NO_CHUNK;
  #offset = 0;

  constructor({ maxEvents, maxBytes, enoughBytes = Number.POSITIVE_INFINITY }: QueueLimits) {
    this.#maxEvents = maxEvents;
    this.#maxBytes = maxBytes;
    this.#enoughBytes = Math.min(maxBytes / 2, enoughBytes);
  }

  get isEmpty(): boolean {
    return this.length === 0;
  }

  /** {@link hasRoom}, with these lines in it. */
  wouldHaveRoom(lines: LineView): boolean {
    let { bytes } = this;
    for (let i = 0; i < lines.length; i++) bytes += lines.endAt(i) - lines.startAt(i);
    return (this.length + lines.length) * 2 <= this.#maxEvents && bytes <= this.#enoughBytes;
  }

  /**
   * Whether half of the queue is free, or more, which stays for sources that cannot wait, and for what others hand over while
   * they learn that they should.
   */
  get hasRoom(): boolean {
    return this.length * 2 <= this.#maxEvents && this.bytes <= this.#enoughBytes;
  }

  /** Bytes of memory held for text, spare chunks included. */
  get storageBytes(): number {
    let sum = this.#spare.length * CHUNK_BYTES;
    for (const chunk of this.#chunks) sum += chunk?.length ?? 0;
    return sum;
  }

  /**
   * Pushes lines from number `first` on, with one copy for each run of adjacent lines.
   * @returns The number of the first line that did not fit; `lines.length` when all did.
   */
  pushBatch(lines: LineView, first = 0): number {
    return this.#push(lines, first, true);
  }

  /** Pushes all lines from number `first` on, whatever the limits are. */
  pushAll(lines: LineView, first = 0): void {
    this.#push(lines, first, false);
  }

  #push(lines: LineView, first: number, isLimited: boolean): number {
    copy ??= Buffer.prototype.copy;
    const count = lines.length;
    let i = first;
    let source: Uint8Array | undefined;
    let [sourceStart, sourceEnd, slot, offset] = [0, 0, NO_CHUNK, 0];
    for (; i < count; i++) {
      const buffer = lines.bufferAt(i);
      const start = lines.startAt(i);
      const end = lines.endAt(i);
      if (isLimited && !this.#hasRoomFor(end - start)) break;
      this.#reserve(end - start, lines.streamAt(i), lines.positionAt(i));
      this.#isWhole[(this.#head + this.length - 1) & this.#mask] = lines.isWholeAt(i) ? 1 : 0;
      const isAdjacent =
        source === buffer &&
        start === sourceEnd &&
        slot === this.#slot &&
        offset + (sourceEnd - sourceStart) === this.#offset;
      if (!isAdjacent) {
        if (source) copy.call(source, this.#chunks[slot]!, offset, sourceStart, sourceEnd);
        source = buffer;
        sourceStart = start;
        slot = this.#slot;
        offset = this.#offset;
      }
      sourceEnd = end;
    }
    if (source) copy.call(source, this.#chunks[slot]!, offset, sourceStart, sourceEnd);
    return i;
  }

  /**
   * Pushes what fits of the lines from number `first` on. One line too many for the queue's bytes does not take
   * shorter ones after it along.
   * @returns How many did not fit.
   */
  pushFitting(lines: LineView, first = 0): number {
    let dropped = 0;
    for (let i = this.pushBatch(lines, first); i < lines.length; i = this.pushBatch(lines, i + 1)) dropped++;
    return dropped;
  }

  /** The chunk that line `i` from the front lies in: always longer than 1000 bytes, never moved. */
  bufferAt(i: number): Uint8Array {
    return this.#chunks[this.#chunk[(this.#head + i) & this.#mask]!]!;
  }

  /** Offset of the first byte of line `i` in its chunk. */
  startAt(i: number): number {
    return this.#start[(this.#head + i) & this.#mask]!;
  }

  /** Offset after the last byte of line `i` in its chunk. */
  endAt(i: number): number {
    return this.#end[(this.#head + i) & this.#mask]!;
  }

  /** The stream that line `i` was pushed with. */
  streamAt(i: number): number {
    return this.#stream[(this.#head + i) & this.#mask]!;
  }

  /** The position that line `i` was pushed with. */
  positionAt(i: number): number {
    return this.#position[(this.#head + i) & this.#mask]!;
  }

  /** What was known of line `i` when it was pushed. */
  isWholeAt(i: number): boolean {
    return this.#isWhole[(this.#head + i) & this.#mask] === 1;
  }

  /**
   * Removes the first `count` lines; their memory may be used again at once.
   * @param count At most {@link length}.
   */
  shift(count: number): void {
    for (let i = 0; i < count; i++) {
      const at = this.#head;
      const slot = this.#chunk[at]!;
      this.bytes -= this.#end[at]! - this.#start[at]!;
      this.#head = (at + 1) & this.#mask;
      if (--this.#lines[slot]! === 0) this.#release(slot);
    }
    this.length -= count;
    if (this.length === 0) this.#shrink();
  }

  /** Removes all lines. */
  clear(): void {
    this.shift(this.length);
  }

  #hasRoomFor(length: number): boolean {
    return this.length < this.#maxEvents && this.bytes + length <= this.#maxBytes;
  }

  /** Makes the entry of a line at the end of the ring, and room for its text at `#offset` of chunk `#slot`. */
  #reserve(length: number, stream: number, position: number): void {
    if (this.length > this.#mask) this.#grow();
    if (length > LARGE_LINE) {
      this.#slot = this.#openChunk(new Uint8Array(length));
      this.#offset = 0;
    } else {
      if (this.#fill === NO_CHUNK || this.#fillEnd + length > CHUNK_BYTES) this.#openFillChunk();
      this.#slot = this.#fill;
      this.#offset = this.#fillEnd;
      this.#fillEnd += length;
    }
    const at = (this.#head + this.length) & this.#mask;
    this.#chunk[at] = this.#slot;
    this.#start[at] = this.#offset;
    this.#end[at] = this.#offset + length;
    this.#stream[at] = stream;
    this.#position[at] = position;
    this.#lines[this.#slot]!++;
    this.length++;
    this.bytes += length;
  }

  // The chunk that was filled before holds lines: #release takes one that does not back as the fill chunk.
  #openFillChunk(): void {
    this.#fill = this.#openChunk(this.#spare.pop() ?? new Uint8Array(CHUNK_BYTES));
    this.#fillEnd = 0;
  }

  #openChunk(buffer: Uint8Array): number {
    const slot = this.#freeSlots.pop() ?? this.#chunks.length;
    this.#chunks[slot] = buffer;
    this.#lines[slot] = 0;
    this.#usedChunks++;
    if (this.#usedChunks > this.#mostUsedChunks) this.#mostUsedChunks = this.#usedChunks;
    return slot;
  }

  #release(slot: number): void {
    if (slot === this.#fill) {
      this.#fillEnd = 0;
      return;
    }
    const buffer = this.#chunks[slot]!;
    if (buffer.length === CHUNK_BYTES && this.#spare.length < MAX_SPARE_CHUNKS) this.#spare.push(buffer);
    this.#chunks[slot] = undefined;
    this.#freeSlots.push(slot);
    this.#usedChunks--;
  }

  #shrink(): void {
    const needed = Math.max(0, this.#mostUsedChunks - this.#usedChunks);
    if (this.#spare.length > needed) this.#spare.length = needed;
    this.#mostUsedChunks = this.#usedChunks;
    this.#head = 0;
    if (this.#mask >= MIN_LINES) this.#resize(MIN_LINES);
  }

  #grow(): void {
    this.#resize((this.#mask + 1) * 2);
  }

  #resize(capacity: number): void {
    this.#chunk = this.#unroll(this.#chunk, new Int32Array(capacity));
    this.#start = this.#unroll(this.#start, new Uint32Array(capacity));
    this.#end = this.#unroll(this.#end, new Uint32Array(capacity));
    this.#stream = this.#unroll(this.#stream, new Int32Array(capacity));
    this.#position = this.#unroll(this.#position, new Float64Array(capacity));
    this.#isWhole = this.#unroll(this.#isWhole, new Uint8Array(capacity));
    this.#head = 0;
    this.#mask = capacity - 1;
  }

  /** Copies the ring `from`, which is either full or empty, to the start of `to`. */
  #unroll<T extends Int32Array | Uint32Array | Uint8Array | Float64Array>(from: T, to: T): T {
    if (this.length === 0) return to;
    to.set(from.subarray(this.#head));
    to.set(from.subarray(0, this.#head), from.length - this.#head);
    return to;
  }
}

// `Buffer.prototype.copy` takes any Uint8Array and, unlike `set`, needs no view of the source for each line.
// Asked for with the first line: to make `Buffer` takes a thirtieth of what a bare program's start takes.
let copy!: (this: Uint8Array, to: Uint8Array, at: number, start: number, end: number) => number;
