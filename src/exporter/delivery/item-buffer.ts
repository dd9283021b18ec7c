/** @module Memory of one bulk: items of any length, one behind the other. */

/** Memory that is used again and again. An item that has no room alone makes it grow. */
export class ItemBuffer {
  length = 0;
  readonly #maxBytes: number;
  readonly #maxItems: number;
  #bytes: Buffer<ArrayBuffer>;
  /** Where each begins; one more than there are. */
  readonly #starts: Uint32Array;

  /** @param maxBytes As many bytes are kept for it. */
  constructor(maxBytes: number, maxItems: number) {
    this.#maxBytes = maxBytes;
    this.#maxItems = maxItems;
    this.#bytes = Buffer.allocUnsafeSlow(maxBytes);
    this.#starts = new Uint32Array(maxItems + 1);
  }

  clear(): void {
    this.length = 0;
    if (this.#bytes.length > this.#maxBytes) this.#bytes = Buffer.allocUnsafeSlow(this.#maxBytes);
  }

  /** Where the next item is written. */
  get bytes(): Buffer<ArrayBuffer> {
    return this.#bytes;
  }

  /** Where the next item begins. */
  get end(): number {
    return this.#starts[this.length]!;
  }

  /** Makes room for an item of so many bytes. @returns Whether there is any, which alone it always has. */
  reserve(size: number): boolean {
    if (this.length === this.#maxItems) return false;
    if (this.end + size <= this.#bytes.length) return true;
    if (this.length > 0) return false;
    this.#bytes = Buffer.allocUnsafeSlow(size);
    return true;
  }

  /** The next item has been written, up to `end`. */
  add(end: number): void {
    this.length++;
    this.#starts[this.length] = end;
  }

  startOf(i: number): number {
    return this.#starts[i]!;
  }

  /** Offset after item `i`. */
  endOf(i: number): number {
    return this.#starts[i + 1]!;
  }

  sizeOf(i: number): number {
    return this.endOf(i) - this.startOf(i);
  }

  /** The items `[first, end)`, in this memory. */
  from(first: number, end = this.length): Buffer<ArrayBuffer> {
    return this.#bytes.subarray(this.#starts[first]!, this.#starts[end]!);
  }
}
