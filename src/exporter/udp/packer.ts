/**
 * @module Several lines as one datagram, compressed or as they are: `--udp-batch`, `--udp-compression`.
 *
 * A datagram is a line of a {@link LineView} to whoever sends it. Its position is that of its last line: all of its lines
 * leave or none.
 */
import type { Compressor } from "../../encoding/compression/compress.ts";
import type { LineView } from "../../event/batch.ts";
import { fit } from "../../event/fit.ts";
import { addressOf } from "../../os/address.ts";
import type { DatagramSender } from "../../os/datagram-sender.ts";
import type { Datagrams, Packing } from "./datagrams.ts";

/** Bytes of lines in one compressed datagram at most: more make it hardly shorter, and more is lost with it. */
const MAX_PLAIN_BYTES = 256 * 1024;
/** A longer line is shortened before anything is tried: a receiver takes apart no more than 4 MiB. */
const MAX_WHOLE_LINE_BYTES = 1024 * 1024;
/** So many lines do not wait for others, however short they are. */
const ENOUGH_LINES = 256;
/** Lines in one datagram at most: `tetrad listen` takes no more. */
const MAX_LINES = 4096;
/** What compressed bytes are of plain ones, until it is known. */
const FIRST_RATIO = 0.25;
/** Of that ratio, how much the next datagram counts. */
const WEIGHT = 0.125;
/** How full a datagram is meant to be, so that few come out too large and have to be made again. */
const FILLING = 0.85;

/** What a {@link Packer} is given. */
export interface PackerSettings {
  readonly maxDatagramBytes: number;
  /** `--udp-batch` */
  readonly joins: boolean;
  /** `undefined`: lines stay as they are. */
  readonly compress: Compressor | undefined;
}

/** Packs lines. What it returns holds until it is called again. */
export class Packer implements Datagrams, Packing {
  readonly #settings: PackerSettings;
  #lines: LineView | undefined;
  #ratio = FIRST_RATIO;
  readonly #bytes: Uint8Array[] = [];
  /** Number of the line after each datagram. */
  readonly #next: number[] = [];
  readonly #isShortened: boolean[] = [];
  #scratch = new Uint8Array(0);

  constructor(settings: PackerSettings) {
    this.#settings = settings;
    if (settings.compress === undefined) this.#ratio = 1;
  }

  /**
   * Packs all lines, in order, or the first of them.
   * @param mayWait Whether lines that make no full datagram are left for later.
   * @param most Datagrams at most.
   */
  pack(lines: LineView, mayWait: boolean, most = Number.POSITIVE_INFINITY): Datagrams {
    this.#lines = lines;
    this.#bytes.length = this.#next.length = this.#isShortened.length = 0;
    const count = lines.length;
    const room = this.#plainBytes;
    let left = 0;
    if (this.#settings.joins) for (let i = 0; i < count; i++) left += lines.endAt(i) - lines.startAt(i);
    if (mayWait && this.#settings.joins && left < room && count < ENOUGH_LINES) return this;
    for (let i = 0; i < count && this.length < most; ) {
      // All of about one size, so that there is no short one at the end.
      const wanted = this.#settings.compress ? Math.min(room, left / Math.ceil(left / room)) : room;
      const end = this.#settings.joins ? this.#endOf(i, wanted, room) : i + 1;
      this.#add(i, end);
      for (const packed = this.#next.at(-1)!; i < packed; i++) left -= lines.endAt(i) - lines.startAt(i);
    }
    return this;
  }

  /** A line alone, as it leaves: it must fit. */
  packOne(line: Uint8Array): Uint8Array {
    return line.length <= this.#settings.maxDatagramBytes ? this.#shortest(line) : line;
  }

  /** Bytes of lines that are expected to fill a datagram. */
  get #plainBytes(): number {
    const { maxDatagramBytes, compress } = this.#settings;
    if (compress === undefined) return maxDatagramBytes;
    return Math.min(MAX_PLAIN_BYTES, (maxDatagramBytes * FILLING) / this.#ratio);
  }

  /** Number of the line after those that go together: of one stream, at least one line, up to `wanted` bytes. */
  #endOf(first: number, wanted: number, room: number): number {
    const lines = this.#lines!;
    const stream = lines.streamAt(first);
    let bytes = lines.endAt(first) - lines.startAt(first);
    let i = first + 1;
    const last = Math.min(lines.length, first + MAX_LINES);
    for (; i < last && bytes < wanted && lines.streamAt(i) === stream; i++) {
      bytes += lines.endAt(i) - lines.startAt(i);
      if (bytes > room) break;
    }
    return i;
  }

  /** Adds a datagram of the lines from `first` up to `end`, or fewer of them where it would be too large. */
  #add(first: number, end: number): void {
    const { compress, maxDatagramBytes } = this.#settings;
    const plain = this.#join(first, end);
    if (end === first + 1) {
      this.#addOne(plain, end);
      return;
    }
    if (compress === undefined) {
      this.#push(plain, end, false);
      return;
    }
    const packed = compress(plain);
    this.#ratio += (packed.length / plain.length - this.#ratio) * WEIGHT;
    if (packed.length <= maxDatagramBytes) this.#push(packed, end, false);
    else this.#add(first, first + ((end - first) >> 1));
  }

  /** Adds a datagram of one line, shortened if there is no other way. */
  #addOne(line: Uint8Array, end: number): void {
    const { maxDatagramBytes } = this.#settings;
    const whole = line.length <= MAX_WHOLE_LINE_BYTES ? this.#shortest(line) : line;
    if (whole.length <= maxDatagramBytes) {
      this.#push(whole, end, false);
      return;
    }
    const text = fit(Buffer.from(line.subarray(0, -1)).toString(), maxDatagramBytes);
    if (text === undefined) this.#push(line, end, false);
    else this.#push(this.#shortest(Buffer.from(`${text}\n`)), end, true);
  }

  /** The line compressed, unless that makes it longer than a datagram may be and it is not. */
  #shortest(line: Uint8Array): Uint8Array {
    const { compress, maxDatagramBytes } = this.#settings;
    const packed = compress?.(line) ?? line;
    return packed.length > maxDatagramBytes && line.length <= maxDatagramBytes ? line : packed;
  }

  #push(bytes: Uint8Array, next: number, isShortened: boolean): void {
    this.#bytes.push(bytes);
    this.#next.push(next);
    this.#isShortened.push(isShortened);
  }

  /** The lines as one piece: where they lie if they lie one after the other, else a copy. */
  #join(first: number, end: number): Uint8Array {
    const lines = this.#lines!;
    const buffer = lines.bufferAt(first);
    const start = lines.startAt(first);
    let bytes = lines.endAt(first) - start;
    let isOnePiece = true;
    for (let i = first + 1; i < end; i++) {
      isOnePiece &&= lines.bufferAt(i) === buffer && lines.startAt(i) === lines.endAt(i - 1);
      bytes += lines.endAt(i) - lines.startAt(i);
    }
    return isOnePiece ? buffer.subarray(start, start + bytes) : this.#copy(first, end, bytes);
  }

  #copy(first: number, end: number, bytes: number): Uint8Array {
    const lines = this.#lines!;
    let target: Uint8Array;
    if (this.#settings.compress === undefined) target = new Uint8Array(bytes);
    else {
      if (this.#scratch.length < bytes) this.#scratch = new Uint8Array(Math.max(bytes, MAX_PLAIN_BYTES));
      target = this.#scratch.subarray(0, bytes);
    }
    let at = 0;
    for (let i = first; i < end; i++) {
      const line = lines.bufferAt(i).subarray(lines.startAt(i), lines.endAt(i));
      target.set(line, at);
      at += line.length;
    }
    return target;
  }

  get length(): number {
    return this.#bytes.length;
  }

  bufferAt(i: number): Uint8Array {
    return this.#bytes[i]!;
  }

  startAt(): number {
    return 0;
  }

  endAt(i: number): number {
    return this.#bytes[i]!.length;
  }

  streamAt(i: number): number {
    return this.#lines!.streamAt(this.#next[i]! - 1);
  }

  positionAt(i: number): number {
    return this.#lines!.positionAt(this.#next[i]! - 1);
  }

  isWholeAt(): boolean {
    return false;
  }

  eventsAt(i: number): number {
    return this.#next[i]! - this.lineAt(i);
  }

  lineAt(i: number): number {
    return i === 0 ? 0 : this.#next[i - 1]!;
  }

  endOfEventAt(i: number): number {
    return i + 1;
  }

  isShortenedAt(i: number): boolean {
    return this.#isShortened[i]!;
  }

  addTo(sender: DatagramSender, i: number): void {
    const bytes = this.#bytes[i]!;
    sender.add(addressOf(bytes), bytes.length);
  }

  /** Whatever has not left is packed anew. */
  settle(): void {}

  forget(): void {}
}
