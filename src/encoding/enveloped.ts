/** @module Events in the envelope of a format as lines: `--export-format`. */
import type { EventBatch } from "../event/batch.ts";
import { NEWLINE } from "../event/scan/line.ts";
import type { Envelope, Format } from "./envelope.ts";
import { PieceList } from "./piece-list.ts";
import type { EventEncoder } from "./written.ts";

/** More than a message has. */
const MAX_PIECES = 16;

/** Writes messages, each with a newline, which none has within. */
export class EnvelopeEncoder implements EventEncoder {
  readonly format: Format;
  readonly #envelope: Envelope;
  readonly #pieces = new PieceList(MAX_PIECES);

  constructor(format: Format, envelope: Envelope) {
    this.format = format;
    this.#envelope = envelope;
  }

  encodeInto(batch: EventBatch, i: number, target: Uint8Array, at: number): number {
    batch.makeTextOf(i);
    const after = this.#wrap(batch.bufferAt(i), batch.startAt(i), batch.endAt(i), at);
    if (after <= target.length) this.#write(target, at);
    return after;
  }

  /** The line of a document that is no part of a batch. @param document With its newline. */
  lineOf(document: Uint8Array): Uint8Array {
    const line = new Uint8Array(this.#wrap(document, 0, document.length, 0));
    this.#write(line, 0);
    return line;
  }

  /** @returns The offset after the line. */
  #wrap(bytes: Uint8Array, start: number, end: number, at: number): number {
    this.#pieces.cut(0);
    this.#envelope.begin();
    this.#envelope.wrap(bytes, start, end - 1, this.#pieces);
    return at + this.#pieces.bytes + 1;
  }

  #write(target: Uint8Array, at: number): void {
    target[this.#pieces.copyTo(target, at, 0, this.#pieces.length)] = NEWLINE;
  }
}
