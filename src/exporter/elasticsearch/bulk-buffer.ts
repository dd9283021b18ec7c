/** @module Documents of one bulk request, one behind the other, each with the line that says what to do with it. */
import type { LineView } from "../../event/batch.ts";
import type { LineId } from "../delivery/bulk.ts";

/** Writes the document of an event. */
export interface DocumentEncoder {
  /**
   * Writes the document of line `i` from `target[at]` on, and a newline.
   * @returns The offset after it; beyond the target's end when it has no room.
   */
  encodeOf(lines: LineView, i: number, target: Uint8Array, at: number): number;
}

const BEFORE_ID = Buffer.from('{"create":{"_id":"');
const AFTER_ID = Buffer.from('"}}\n');
/** In the order of their codes, so that ids sort as sequence numbers do. */
const DIGITS = Buffer.from("-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz");
const PREFIX_BYTES = 16;
const SEQUENCE_DIGITS = 7;
const ID_BYTES = PREFIX_BYTES + SEQUENCE_DIGITS;
const ACTION_BYTES = BEFORE_ID.length + ID_BYTES + AFTER_ID.length;

/** Memory of one bulk request. A document that has no room alone makes it grow. */
export class BulkBuffer {
  length = 0;
  readonly #encoder: DocumentEncoder;
  readonly #maxBytes: number;
  readonly #maxLines: number;
  #bytes: Buffer<ArrayBuffer>;
  /** Where each document's action begins; one more than there are documents. */
  #starts = new Uint32Array(1024);

  /** @param maxBytes As many bytes are kept for it. */
  constructor(encoder: DocumentEncoder, maxBytes: number, maxLines: number) {
    this.#encoder = encoder;
    this.#maxBytes = maxBytes;
    this.#maxLines = maxLines;
    this.#bytes = Buffer.allocUnsafeSlow(maxBytes);
  }

  clear(): void {
    this.length = 0;
    if (this.#bytes.length > this.#maxBytes) this.#bytes = Buffer.allocUnsafeSlow(this.#maxBytes);
  }

  /** Adds the document of line `i`. @returns Whether there was room. */
  add(lines: LineView, i: number, id: LineId): boolean {
    if (this.length === this.#maxLines) return false;
    const start = this.#starts[this.length]!;
    const at = start + ACTION_BYTES;
    let end = at < this.#bytes.length ? this.#encode(lines, i, at) : at + 1;
    while (end > this.#bytes.length) {
      if (this.length > 0) return false;
      this.#bytes = Buffer.allocUnsafeSlow(Math.max(end, this.#bytes.length * 2));
      end = this.#encode(lines, i, at);
    }
    this.#writeAction(start, id);
    this.length++;
    if (this.length === this.#starts.length) this.#growStarts();
    this.#starts[this.length] = end;
    return true;
  }

  /** The body for some documents, in order. Where they lie side by side it is this memory. */
  bodyOf(documents: readonly number[]): Buffer<ArrayBuffer> {
    const [first, last] = [documents[0]!, documents.at(-1)!];
    if (last - first + 1 === documents.length)
      return this.#bytes.subarray(this.#starts[first]!, this.#starts[last + 1]!);
    return Buffer.concat(documents.map((i) => this.#bytes.subarray(this.#starts[i]!, this.#starts[i + 1]!)));
  }

  /** Bytes of document `i` with its action. */
  sizeOf(i: number): number {
    return this.#starts[i + 1]! - this.#starts[i]!;
  }

  /** Document `i`, without its newline. */
  document(i: number): Buffer {
    return this.#bytes.subarray(this.#starts[i]! + ACTION_BYTES, this.#starts[i + 1]! - 1);
  }

  /** The id of document `i`. */
  idOf(i: number): string {
    const at = this.#starts[i]! + BEFORE_ID.length;
    return this.#bytes.toString("latin1", at, at + ID_BYTES);
  }

  #encode(lines: LineView, i: number, at: number): number {
    return this.#encoder.encodeOf(lines, i, this.#bytes, at);
  }

  #writeAction(at: number, { prefix, sequence }: LineId): void {
    const bytes = this.#bytes;
    BEFORE_ID.copy(bytes, at);
    bytes.set(prefix, at + BEFORE_ID.length);
    let rest = sequence;
    for (let to = at + BEFORE_ID.length + ID_BYTES - 1, i = 0; i < SEQUENCE_DIGITS; i++, to--) {
      bytes[to] = DIGITS[rest % 64]!;
      rest = Math.floor(rest / 64);
    }
    AFTER_ID.copy(bytes, at + BEFORE_ID.length + ID_BYTES);
  }

  #growStarts(): void {
    const larger = new Uint32Array(this.#starts.length * 2);
    larger.set(this.#starts);
    this.#starts = larger;
  }
}
