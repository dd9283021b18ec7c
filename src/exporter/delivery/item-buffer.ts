/** @module Memory of one bulk: items of any length, one behind the other. */

/** Memory that is used again and again. An item that has no room alone makes it grow. */
export class ItemBuffer {
  length = 0;
  readonly #maxBytes: number;
  readonly #headRoom: number;
  readonly #maxItems: number;
  #bytes: Buffer<ArrayBuffer>;
  /** Where each begins; one more than there are. */
  readonly #starts: Uint32Array;

  /** @param maxBytes As many bytes are kept for it. @param headRoom Bytes of {@link withHead}'s head at most. */
  constructor(maxBytes: number, maxItems: number, headRoom = 0) {
    this.#maxBytes = maxBytes;
    this.#maxItems = maxItems;
    this.#headRoom = headRoom;
    this.#bytes = Buffer.allocUnsafeSlow(headRoom + maxBytes);
    this.#starts = new Uint32Array(maxItems + 1);
    this.#starts[0] = headRoom;
  }

  clear(): void {
    this.length = 0;
    const usual = this.#headRoom + this.#maxBytes;
    if (this.#bytes.length > usual) this.#bytes = Buffer.allocUnsafeSlow(usual);
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
    this.#bytes = Buffer.allocUnsafeSlow(this.#headRoom + size);
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

  /**
   * The items `[0, end)` in this memory, behind as many bytes for a head.
   * @returns Nothing where it has no room.
   */
  withHead(headBytes: number, end = this.length): Buffer<ArrayBuffer> | undefined {
    if (headBytes > this.#headRoom) return undefined;
    return this.#bytes.subarray(this.#headRoom - headBytes, this.#starts[end]!);
  }

  /** The items `[first, end)`, in this memory. */
  from(first: number, end = this.length): Buffer<ArrayBuffer> {
    return this.#bytes.subarray(this.#starts[first]!, this.#starts[end]!);
  }
}
