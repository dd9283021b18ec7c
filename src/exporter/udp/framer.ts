/**
 * @module Events in the envelope of a format as datagrams: `--udp-format`. What leaves as it came is not copied: a datagram is
 * several pieces. One that GELF has in chunks is several datagrams, of which the last counts for it.
 */
import type { Compressor } from "../../encoding/compression/compress.ts";
import type { Envelope } from "../../encoding/envelope.ts";
import { largestInChunks, MAX_CHUNKS } from "../../encoding/gelf/chunks.ts";
import { PieceList } from "../../encoding/piece-list.ts";
import { type LineView, NO_STREAM } from "../../event/batch.ts";
import { fit } from "../../event/fit.ts";
import { addressOf } from "../../os/address.ts";
import type { DatagramSender } from "../../os/datagram-sender.ts";
import { ChunkedMessage } from "./chunked-message.ts";
import type { Datagrams, Packing } from "./datagrams.ts";

/** Datagrams that are made at once, but for chunks. */
const MAX_DATAGRAMS = 64;
/** Of these, and of the chunks of one message. */
const MAX_PIECES = 512;
/** The lines', that of what most messages have in common, and that of what is written anew. */
const KNOWN_BUFFERS = 4;
/** A longer line is shortened before it is compressed: a receiver takes apart no more than 4 MiB. */
const MAX_WHOLE_LINE_BYTES = 1024 * 1024;
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
  /** `undefined`: messages stay as they are. */
  readonly compress?: Compressor | undefined;
}

/** Makes datagrams. What {@link pack} returns holds until it is called again. */
export class Framer implements Packing, Datagrams {
  readonly #settings: FramerSettings;
  /** Bytes of a message at most. */
  readonly #most: number;
  #lines: LineView | undefined;
  #first = 0;
  length = 0;
  readonly #pieces = new PieceList(MAX_PIECES);
  /** Of each datagram: number of the piece after its last one, and its bytes. */
  readonly #pieceEnd = new Uint32Array(MAX_CHUNKS);
  readonly #bytes = new Uint32Array(MAX_CHUNKS);
  readonly #isShortened = new Uint8Array(MAX_CHUNKS);
  /** The message that is made of the first line, where that leaves in chunks: all datagrams are of it. */
  #chunked: ChunkedMessage | undefined;
  readonly #single = new PieceList(MAX_PIECES);
  /** Buffers that pieces lie in again and again, and their addresses. */
  readonly #known: Uint8Array[] = Array.from({ length: KNOWN_BUFFERS }, () => new Uint8Array(0));
  readonly #addresses = new Float64Array(KNOWN_BUFFERS);
  #nextKnown = 0;

  constructor(settings: FramerSettings) {
    const { maxDatagramBytes, hasChunks } = settings;
    this.#settings = settings;
    this.#most = hasChunks ? largestInChunks(maxDatagramBytes) : maxDatagramBytes;
  }

  pack(lines: LineView, _mayWait: boolean, most = MAX_DATAGRAMS, first = 0): this {
    const { envelope } = this.#settings;
    this.#lines = lines;
    this.#first = first;
    this.length = 0;
    this.#pieces.cut(0);
    envelope.begin();
    if (this.#chunked?.isOf(lines, first) === true) {
      this.#addChunks(this.#chunked);
      return this;
    }
    this.#chunked = undefined;
    const wanted = Math.min(most, MAX_DATAGRAMS);
    for (let i = first; i < lines.length && this.length < wanted; i++) if (!this.#add(i)) break;
    return this;
  }

  settle(count: number): void {
    const chunked = this.#chunked;
    if (chunked === undefined) return;
    chunked.sent += count;
    if (chunked.sent === chunked.count) this.#chunked = undefined;
  }

  forget(): void {
    this.#chunked = undefined;
  }

  /**
   * A line of metadata as datagrams of at most `maxBytes`, or `undefined` where it cannot be made to fit.
   * @param isPlain Whether it is not compressed.
   */
  datagramsOf(line: Uint8Array, maxBytes: number, isPlain: boolean): readonly Uint8Array[] | undefined {
    const { hasChunks } = this.#settings;
    const most = hasChunks ? largestInChunks(maxBytes) : maxBytes;
    const end = line.length - 1;
    const whole = this.#messageOf(line, 0, end, isPlain);
    const message = whole.length <= most ? whole : this.#shortened(textOf(line, 0, end), most, isPlain);
    if (message === undefined || message.length <= maxBytes) return message && [message];
    return new ChunkedMessage(message, maxBytes).datagrams();
  }

  /** @returns Whether there was room for it, which for chunks there is only where nothing else is. */
  #add(i: number): boolean {
    const lines = this.#lines!;
    const { maxDatagramBytes, envelope, compress } = this.#settings;
    const pieces = this.#pieces;
    const source = lines.bufferAt(i);
    const [start, end] = [lines.startAt(i), lines.endAt(i) - 1];
    const { length: before, bytes: bytesBefore } = pieces;
    if (compress !== undefined && end - start > MAX_WHOLE_LINE_BYTES) return this.#addMessage(i, undefined);
    if (!envelope.wrap(source, start, end, pieces)) return false;
    const bytes = pieces.bytes - bytesBefore;
    if (compress === undefined && bytes <= maxDatagramBytes) {
      this.#push(bytes, false);
      return true;
    }
    const message = pieces.join(before, pieces.length);
    pieces.cut(before);
    return this.#addMessage(i, compress?.(message) ?? message);
  }

  /** @param whole The message of line `i`; `undefined` where it is too long to be one. */
  #addMessage(i: number, whole: Uint8Array | undefined): boolean {
    const lines = this.#lines!;
    const { maxDatagramBytes } = this.#settings;
    const fits = whole !== undefined && whole.length <= this.#most;
    if (this.length > 0 && !(fits && whole.length <= maxDatagramBytes)) return false;
    const message = fits
      ? whole
      : this.#shortened(textOf(lines.bufferAt(i), lines.startAt(i), lines.endAt(i) - 1), this.#most, false);
    // Longer than a datagram may be: whoever sends it drops and counts it.
    const bytes = message ?? lines.bufferAt(i).subarray(lines.startAt(i), lines.endAt(i));
    if (message !== undefined && message.length > maxDatagramBytes) {
      this.#chunked = new ChunkedMessage(message, maxDatagramBytes, { lines, i, isShortened: !fits });
      this.#addChunks(this.#chunked);
      return false;
    }
    this.#pieces.add(bytes, 0, bytes.length);
    this.#push(message === undefined ? Math.max(bytes.length, maxDatagramBytes + 1) : bytes.length, !fits);
    return true;
  }

  /** Adds those that have not left. */
  #addChunks(message: ChunkedMessage): void {
    for (let number = message.sent; number < message.count; number++) {
      const bytes = message.addTo(this.#pieces, number);
      this.#push(bytes, message.isShortened && number === message.count - 1);
    }
  }

  #push(bytes: number, isShortened: boolean): void {
    const i = this.length++;
    this.#pieceEnd[i] = this.#pieces.length;
    this.#bytes[i] = bytes;
    this.#isShortened[i] = isShortened ? 1 : 0;
  }

  /** The event shortened so that it fits with its envelope. */
  #shortened(text: string, most: number, isPlain: boolean): Uint8Array | undefined {
    let limit = this.#settings.compress === undefined ? most : MAX_WHOLE_LINE_BYTES;
    for (let tries = 0; tries < MAX_TRIES && limit > 0; tries++) {
      const fitting = fit(text, limit);
      if (fitting === undefined) return undefined;
      const source = Buffer.from(fitting);
      const message = this.#messageOf(source, 0, source.length, isPlain);
      if (message.length <= most) return message;
      // Escapes grow with what is kept.
      limit = Math.floor((source.length * most) / message.length) - SPARE_BYTES;
    }
    return undefined;
  }

  /** The message of an event alone, in memory of its own. Nothing else of the envelope's is in use. */
  #messageOf(source: Uint8Array, start: number, end: number, isPlain: boolean): Uint8Array {
    const { envelope, compress } = this.#settings;
    const pieces = this.#single;
    pieces.cut(0);
    envelope.begin();
    if (!envelope.wrap(source, start, end, pieces)) throw new RangeError("an envelope has no room");
    const message = pieces.join(0, pieces.length);
    return isPlain || compress === undefined ? message : compress(message);
  }

  addTo(sender: DatagramSender, i: number): void {
    const pieces = this.#pieces;
    const end = this.#pieceEnd[i]!;
    sender.beginPieces();
    for (let piece = this.#firstPiece(i); piece < end; piece++) {
      const start = pieces.startAt(piece);
      const length = pieces.endAt(piece) - start;
      if (length > 0) sender.addPiece(this.#addressOf(pieces.bufferAt(piece)) + start, length);
    }
    sender.endPieces();
  }

  #addressOf(bytes: Uint8Array): number {
    const known = this.#known;
    for (let i = 0; i < KNOWN_BUFFERS; i++) if (known[i] === bytes) return this.#addresses[i]!;
    const i = this.#nextKnown;
    this.#nextKnown = (i + 1) % KNOWN_BUFFERS;
    known[i] = bytes;
    const address = addressOf(bytes);
    this.#addresses[i] = address;
    return address;
  }

  #firstPiece(i: number): number {
    return i === 0 ? 0 : this.#pieceEnd[i - 1]!;
  }

  /** A copy, in one piece. */
  bufferAt(i: number): Uint8Array {
    return this.#pieces.join(this.#firstPiece(i), this.#pieceEnd[i]!);
  }

  startAt(): number {
    return 0;
  }

  endAt(i: number): number {
    return this.#bytes[i]!;
  }

  /** Of a chunk that is not the last none: it moves no checkpoint. */
  streamAt(i: number): number {
    return this.eventsAt(i) === 0 ? NO_STREAM : this.#lines!.streamAt(this.lineAt(i));
  }

  positionAt(i: number): number {
    return this.eventsAt(i) === 0 ? 0 : this.#lines!.positionAt(this.lineAt(i));
  }

  isWholeAt(): boolean {
    return false;
  }

  eventsAt(i: number): number {
    return this.#chunked === undefined || i === this.length - 1 ? 1 : 0;
  }

  lineAt(i: number): number {
    if (this.#chunked === undefined) return this.#first + i;
    return i < this.length ? this.#first : this.#first + 1;
  }

  endOfEventAt(i: number): number {
    return this.#chunked === undefined ? i + 1 : this.length;
  }

  isShortenedAt(i: number): boolean {
    return this.#isShortened[i] === 1;
  }
}

function textOf(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString();
}
