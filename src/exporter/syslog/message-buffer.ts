/** @module Messages of one bulk, framed, one behind the other (RFC 6587). */
import type { Envelope } from "../../encoding/envelope.ts";
import { PieceList } from "../../encoding/piece-list.ts";
import type { LineView } from "../../event/batch.ts";
import { fit } from "../../event/fit.ts";
import { ItemBuffer } from "../delivery/item-buffer.ts";
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

/** Framed messages. */
export class MessageBuffer {
  readonly #settings: MessageSettings;
  /** A message that cannot be made has no bytes. */
  readonly items = new ItemBuffer(BULK_BYTES, MAX_MESSAGES);
  readonly #isShortened = new Uint8Array(MAX_MESSAGES);
  readonly #pieces = new PieceList(MAX_PIECES);

  constructor(settings: MessageSettings) {
    this.#settings = settings;
  }

  /** Adds the message of line `i`. @returns Whether there was room. */
  add(lines: LineView, i: number): boolean {
    const { items } = this;
    const pieces = this.#pieces;
    this.#wrap(lines.bufferAt(i), lines.startAt(i), lines.endAt(i) - 1);
    const { maxBytes } = this.#settings;
    const isShortened = pieces.bytes > maxBytes && this.#shorten(lines, i);
    const isTooLarge = pieces.bytes > maxBytes;
    if (!items.reserve(isTooLarge ? 0 : pieces.bytes + FRAME_BYTES)) return false;
    this.#isShortened[items.length] = Number(isShortened);
    items.add(isTooLarge ? items.end : this.#write(items.end));
    return true;
  }

  /** Whether message `i` could not be made small enough. */
  isTooLarge(i: number): boolean {
    return this.items.sizeOf(i) === 0;
  }

  /** Whether message `i` was made smaller. */
  isShortened(i: number): boolean {
    return this.#isShortened[i] === 1;
  }

  /** Message `i`, in memory of its own. */
  copyOf(i: number): Buffer {
    return Buffer.from(this.items.from(i, i + 1));
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
    const { bytes } = this.items;
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
