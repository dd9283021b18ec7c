/** @module The pieces of messages, one message behind the other. */
import type { Pieces } from "./envelope.ts";

/** Pieces, of any number of messages. */
export class PieceList implements Pieces {
  length = 0;
  /** Of all pieces. */
  bytes = 0;
  readonly #buffers: Uint8Array[] = [];
  readonly #start: Float64Array;
  readonly #end: Float64Array;

  /** @param capacity Pieces at most. */
  constructor(capacity: number) {
    this.#start = new Float64Array(capacity);
    this.#end = new Float64Array(capacity);
  }

  add(bytes: Uint8Array, start: number, end: number): void {
    const i = this.length++;
    this.#buffers[i] = bytes;
    this.#start[i] = start;
    this.#end[i] = end;
    this.bytes += end - start;
  }

  /** Forgets the pieces from number `length` on. */
  cut(length: number): void {
    if (length === 0) this.bytes = 0;
    else for (let i = length; i < this.length; i++) this.bytes -= this.#end[i]! - this.#start[i]!;
    this.length = length;
  }

  /** The buffer that piece `i` lies in. */
  bufferAt(i: number): Uint8Array {
    return this.#buffers[i]!;
  }

  startAt(i: number): number {
    return this.#start[i]!;
  }

  endAt(i: number): number {
    return this.#end[i]!;
  }

  /** Copies the pieces `[first, end)` to `target`, from `at` on. @returns The offset after them. */
  copyTo(target: Uint8Array, at: number, first: number, end: number): number {
    let to = at;
    for (let i = first; i < end; i++) {
      const piece = this.#buffers[i]!.subarray(this.#start[i]!, this.#end[i]!);
      target.set(piece, to);
      to += piece.length;
    }
    return to;
  }

  /** The pieces `[first, end)` as one, in memory of its own. */
  join(first: number, end: number): Buffer {
    let bytes = 0;
    for (let i = first; i < end; i++) bytes += this.#end[i]! - this.#start[i]!;
    const joined = Buffer.allocUnsafeSlow(bytes);
    this.copyTo(joined, 0, first, end);
    return joined;
  }
}
