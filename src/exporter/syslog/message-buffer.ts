/** @module Messages of one bulk, framed, one behind the other (RFC 6587). */
import type { Envelope } from "../../encoding/envelope.ts";
import { PieceList } from "../../encoding/piece-list.ts";
import type { LineView } from "../../event/batch.ts";
import { fit } from "../../event/fit.ts";
import type { FRAMINGS } from "./options.ts";

/** Of one message: its header and the event. */
const MAX_PIECES = 16;
/** The longest count of octets, and the space behind it, or the newline. */
const FRAME_BYTES = 10;
const NEWLINE = 0x0a;
const [SPACE, ZERO] = [0x20, 0x30];
/** Memory of a bulk. */
const BULK_BYTES = 1024 * 1024;
const MAX_MESSAGES = 4096;

/** What a {@link MessageBuffer} is made from. */
export interface MessageSettings {
  readonly envelope: Envelope;
  readonly framing: (typeof FRAMINGS)[number];
  /** Of a message without its frame. */
  readonly maxBytes: number;
}

/** Memory for framed messages. One that has no room alone makes it grow. */
export class MessageBuffer {
  length = 0;
  readonly #settings: MessageSettings;
  #bytes = Buffer.allocUnsafeSlow(BULK_BYTES);
  readonly #isShortened = new Uint8Array(MAX_MESSAGES);
  /** Where each begins; one more than there are. A message that cannot be made has no bytes. */
  readonly #starts = new Uint32Array(MAX_MESSAGES + 1);
  readonly #pieces = new PieceList(MAX_PIECES);

  constructor(settings: MessageSettings) {
    this.#settings = settings;
  }

  clear(): void {
    this.length = 0;
    if (this.#bytes.length > BULK_BYTES) this.#bytes = Buffer.allocUnsafeSlow(BULK_BYTES);
  }

  /** Adds the message of line `i`. @returns Whether there was room. */
  add(lines: LineView, i: number): boolean {
    if (this.length === MAX_MESSAGES) return false;
    const pieces = this.#pieces;
    this.#wrap(lines.bufferAt(i), lines.startAt(i), lines.endAt(i) - 1);
    const { maxBytes } = this.#settings;
    const isShortened = pieces.bytes > maxBytes && this.#shorten(lines, i);
    const start = this.#starts[this.length]!;
    const isTooLarge = pieces.bytes > maxBytes;
    const needed = isTooLarge ? 0 : pieces.bytes + FRAME_BYTES;
    if (start + needed > this.#bytes.length) {
      if (this.length > 0) return false;
      this.#bytes = Buffer.allocUnsafeSlow(needed);
    }
    this.#isShortened[this.length++] = Number(isShortened);
    this.#starts[this.length] = isTooLarge ? start : this.#write(start);
    return true;
  }

  /** Whether message `i` could not be made small enough. */
  isTooLarge(i: number): boolean {
    return this.#starts[i] === this.#starts[i + 1];
  }

  /** Whether message `i` was made smaller. */
  isShortened(i: number): boolean {
    return this.#isShortened[i] === 1;
  }

  /** Offset after message `i`. */
  endOf(i: number): number {
    return this.#starts[i + 1]!;
  }

  startOf(i: number): number {
    return this.#starts[i]!;
  }

  /** The messages from number `first` on. */
  from(first: number): Buffer {
    return this.#bytes.subarray(this.#starts[first]!, this.#starts[this.length]!);
  }

  /** Message `i`, in memory of its own. */
  copyOf(i: number): Buffer {
    return Buffer.from(this.#bytes.subarray(this.#starts[i]!, this.#starts[i + 1]!));
  }

  #wrap(source: Uint8Array, start: number, end: number): void {
    this.#pieces.cut(0);
    this.#settings.envelope.begin();
    if (!this.#settings.envelope.wrap(source, start, end, this.#pieces))
      throw new RangeError("an envelope has no room");
  }

  /** The header stays as long as it is. @returns Whether it was possible. */
  #shorten(lines: LineView, i: number): boolean {
    const [start, end] = [lines.startAt(i), lines.endAt(i) - 1];
    const header = this.#pieces.bytes - (end - start);
    const { maxBytes } = this.#settings;
    const text = Buffer.from(lines.bufferAt(i).subarray(start, end)).toString();
    const fitting = header < maxBytes ? fit(text, maxBytes - header) : undefined;
    if (fitting === undefined) return false;
    const source = Buffer.from(fitting);
    this.#wrap(source, 0, source.length);
    return true;
  }

  /** @returns The offset after the message. */
  #write(start: number): number {
    const bytes = this.#bytes;
    const pieces = this.#pieces;
    let at = start;
    const isCounted = this.#settings.framing === "octet-counting";
    if (isCounted) {
      at += digitsOf(pieces.bytes);
      let rest = pieces.bytes;
      for (let to = at - 1; to >= start; to--, rest = Math.floor(rest / 10)) bytes[to] = ZERO + (rest % 10);
      bytes[at++] = SPACE;
    }
    at = pieces.copyTo(bytes, at, 0, pieces.length);
    if (!isCounted) bytes[at++] = NEWLINE;
    return at;
  }
}

function digitsOf(count: number): number {
  let digits = 1;
  for (let rest = count; rest >= 10; rest = Math.floor(rest / 10)) digits++;
  return digits;
}
