/** @module A message that leaves in GELF's chunks, and how many of them have left. */
import type { Pieces } from "../../encoding/envelope.ts";
import { CHUNK_HEADER_BYTES, messageId, writeChunkHeader } from "../../encoding/gelf/chunks.ts";
import { PieceList } from "../../encoding/piece-list.ts";
import type { LineView } from "../../event/batch.ts";

/** The event that a message is made of. */
interface Origin {
  readonly lines: LineView;
  readonly i: number;
  /** Whether the message has less of it than came. */
  readonly isShortened: boolean;
}

/**
 * One message. Chunks that could not leave yet follow those that have: what a socket buffer has no room for at once would
 * never leave whole otherwise.
 */
export class ChunkedMessage {
  readonly count: number;
  readonly isShortened: boolean;
  /** Chunks that have left. */
  sent = 0;
  readonly #message: Uint8Array;
  readonly #partBytes: number;
  readonly #headers: Uint8Array;
  /** The line that it is made of. */
  readonly #line: Buffer;

  /** @param maxBytes Of a chunk. @param origin Of what it is made, where that may come again. */
  constructor(message: Uint8Array, maxBytes: number, origin?: Origin) {
    this.#message = message;
    this.#partBytes = maxBytes - CHUNK_HEADER_BYTES;
    this.count = Math.ceil(message.length / this.#partBytes);
    this.isShortened = origin?.isShortened ?? false;
    this.#line = Buffer.from(origin === undefined ? [] : lineAt(origin.lines, origin.i));
    this.#headers = new Uint8Array(this.count * CHUNK_HEADER_BYTES);
    const id = messageId();
    for (let number = 0; number < this.count; number++)
      writeChunkHeader(this.#headers, number * CHUNK_HEADER_BYTES, { id, number, count: this.count });
  }

  /** Whether it is made of line `i`: the one that was there may be gone. */
  isOf(lines: LineView, i: number): boolean {
    return i < lines.length && this.#line.equals(lineAt(lines, i));
  }

  /** Adds chunk `number`. @returns Its bytes. */
  addTo(pieces: Pieces, number: number): number {
    const header = number * CHUNK_HEADER_BYTES;
    const start = number * this.#partBytes;
    const end = Math.min(this.#message.length, start + this.#partBytes);
    pieces.add(this.#headers, header, header + CHUNK_HEADER_BYTES);
    pieces.add(this.#message, start, end);
    return CHUNK_HEADER_BYTES + end - start;
  }

  /** All chunks, each in memory of its own. */
  datagrams(): Uint8Array[] {
    return Array.from({ length: this.count }, (_, number) => {
      const pieces = new PieceList(2);
      this.addTo(pieces, number);
      return pieces.join(0, pieces.length);
    });
  }
}

function lineAt(lines: LineView, i: number): Uint8Array {
  return lines.bufferAt(i).subarray(lines.startAt(i), lines.endAt(i));
}
