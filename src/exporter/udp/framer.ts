/**
 * @module Events in the envelope of a format as datagrams: `--udp-format`. An event is copied once, behind its header, into memory
 * that is used again. One that GELF has in chunks is several datagrams, of which the last counts for it: an event that could
 * not leave whole is sent again, all of it.
 */
import type { Envelope } from "../../encoding/envelope.ts";
import {
  CHUNK_HEADER_BYTES,
  largestInChunks,
  messageId,
  writeChunkHeader,
} from "../../encoding/gelf/chunks.ts";
import { type LineView, NO_STREAM } from "../../event/batch.ts";
import { fit } from "../../event/fit.ts";
import type { Packing } from "./packer.ts";

/** Memory for datagrams that leave together: what the processor's cache keeps until the kernel takes them. */
const PACKED_BYTES = 256 * 1024;
/** Room for escapes and a header beyond the event, at first. */
const INITIAL_BYTES = 2 * PACKED_BYTES;
/** Tries to find how much of an event fits: escapes take more than was reckoned with. */
const MAX_TRIES = 12;
/** Of a header, which does not shrink with the event. */
const SPARE_BYTES = 16;

/** What a {@link Framer} is given. */
export interface FramerSettings {
  readonly envelope: Envelope;
  readonly maxDatagramBytes: number;
  /** Whether what is too large for a datagram leaves in chunks. */
  readonly hasChunks: boolean;
}

/** Makes datagrams. What {@link pack} returns holds until it is called again. */
export class Framer implements Packing {
  readonly #settings: FramerSettings;
  #lines: LineView | undefined;
  #first = 0;
  #bytes = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  #used = 0;
  readonly #start: number[] = [];
  readonly #end: number[] = [];
  /** Number of the line after each datagram's events. */
  readonly #next: number[] = [];
  readonly #isShortened: boolean[] = [];
  #single = Buffer.allocUnsafeSlow(4096);

  constructor(settings: FramerSettings) {
    this.#settings = settings;
  }

  /** Packs lines from number `first` on, as many as leave together. */
  pack(lines: LineView, _mayWait: boolean, most = Number.POSITIVE_INFINITY, first = 0): this {
    this.#lines = lines;
    this.#first = first;
    this.#used = 0;
    this.#start.length = this.#end.length = this.#next.length = this.#isShortened.length = 0;
    const count = lines.length;
    for (let i = first; i < count && this.#used < PACKED_BYTES && this.length < most; i++) this.#add(i);
    return this;
  }

  /** A line of metadata as one datagram of at most `maxBytes`, or `undefined` where it cannot be made to fit. */
  fitted(line: Uint8Array, maxBytes: number): Uint8Array | undefined {
    const source = asBuffer(line);
    const whole = this.#frame(source, 0, line.length - 1);
    return whole.length <= maxBytes
      ? whole
      : this.#shortened(source.toString("utf8", 0, line.length - 1), maxBytes);
  }

  #add(i: number): void {
    const lines = this.#lines!;
    const { maxDatagramBytes, hasChunks, envelope } = this.#settings;
    const source = asBuffer(lines.bufferAt(i));
    const [start, end] = [lines.startAt(i), lines.endAt(i) - 1];
    const at = this.#used;
    let after = envelope.write(source, start, end, this.#bytes, at);
    while (after > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(after, this.#bytes.length * 2));
      this.#bytes.copy(larger, 0, 0, at);
      this.#bytes = larger;
      after = envelope.write(source, start, end, this.#bytes, at);
    }
    const bytes = after - at;
    if (bytes <= maxDatagramBytes) {
      this.#used = after;
      this.#push(at, after, i + 1, false);
      return;
    }
    const most = hasChunks ? largestInChunks(maxDatagramBytes) : maxDatagramBytes;
    if (bytes <= most) {
      this.#addChunks(Buffer.from(this.#bytes.subarray(at, after)), i, false);
      return;
    }
    const shortened = this.#shortened(source.toString("utf8", start, end), most);
    // Longer than a datagram may be: whoever sends it drops and counts it.
    if (shortened === undefined) this.#push(at, after, i + 1, false);
    else if (shortened.length > maxDatagramBytes) this.#addChunks(shortened, i, true);
    else {
      shortened.copy(this.#bytes, at);
      this.#used = at + shortened.length;
      this.#push(at, this.#used, i + 1, true);
    }
  }

  #addChunks(message: Buffer, i: number, isShortened: boolean): void {
    const part = this.#settings.maxDatagramBytes - CHUNK_HEADER_BYTES;
    const count = Math.ceil(message.length / part);
    const needed = this.#used + message.length + count * CHUNK_HEADER_BYTES;
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(needed);
      this.#bytes.copy(larger, 0, 0, this.#used);
      this.#bytes = larger;
    }
    const id = messageId();
    for (let number = 0; number < count; number++) {
      const at = this.#used;
      writeChunkHeader(this.#bytes, at, { id, number, count });
      const copied = message.copy(this.#bytes, at + CHUNK_HEADER_BYTES, number * part, (number + 1) * part);
      this.#used = at + CHUNK_HEADER_BYTES + copied;
      const isLast = number === count - 1;
      this.#push(at, this.#used, isLast ? i + 1 : i, isLast && isShortened);
    }
  }

  #push(start: number, end: number, next: number, isShortened: boolean): void {
    this.#start.push(start);
    this.#end.push(end);
    this.#next.push(next);
    this.#isShortened.push(isShortened);
  }

  /** The event shortened so that it fits with its envelope. */
  #shortened(text: string, most: number): Buffer | undefined {
    let limit = most;
    for (let tries = 0; tries < MAX_TRIES && limit > 0; tries++) {
      const fitting = fit(text, limit);
      if (fitting === undefined) return undefined;
      const source = Buffer.from(fitting);
      const framed = this.#frame(source, 0, source.length);
      if (framed.length <= most) return framed;
      // Escapes grow with what is kept.
      limit = Math.floor((source.length * most) / framed.length) - SPARE_BYTES;
    }
    return undefined;
  }

  /** An event alone, in memory of its own. */
  #frame(source: Buffer, start: number, end: number): Buffer {
    const { envelope } = this.#settings;
    let after = envelope.write(source, start, end, this.#single, 0);
    if (after > this.#single.length) {
      this.#single = Buffer.allocUnsafeSlow(after);
      after = envelope.write(source, start, end, this.#single, 0);
    }
    return Buffer.from(this.#single.subarray(0, after));
  }

  get length(): number {
    return this.#end.length;
  }

  bufferAt(): Uint8Array {
    return this.#bytes;
  }

  startAt(i: number): number {
    return this.#start[i]!;
  }

  endAt(i: number): number {
    return this.#end[i]!;
  }

  /** Of a chunk that is not the last none: it moves no checkpoint. */
  streamAt(i: number): number {
    return this.eventsAt(i) === 0 ? NO_STREAM : this.#lines!.streamAt(this.#next[i]! - 1);
  }

  positionAt(i: number): number {
    return this.eventsAt(i) === 0 ? 0 : this.#lines!.positionAt(this.#next[i]! - 1);
  }

  eventsAt(i: number): number {
    return this.#next[i]! - this.lineAt(i);
  }

  lineAt(i: number): number {
    return i === 0 ? this.#first : this.#next[i - 1]!;
  }

  isShortenedAt(i: number): boolean {
    return this.#isShortened[i]!;
  }
}

let known: Uint8Array | undefined;
let view: Buffer = Buffer.alloc(0);

/** The same bytes; the last view is kept, since lines of one batch lie in one buffer. */
function asBuffer(bytes: Uint8Array): Buffer {
  if (bytes !== known) {
    known = bytes;
    view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }
  return view;
}
