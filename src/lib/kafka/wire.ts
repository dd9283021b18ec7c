/** @module The types that Kafka's messages are made of, both ways. */

/** Says that bytes are not what the protocol has there. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
}

/** Writes one message. */
export class Writer {
  #bytes: Buffer;
  #end = 0;

  /** @param room Bytes that it will probably have. */
  constructor(room = 256) {
    this.#bytes = Buffer.allocUnsafe(room);
  }

  int8(value: number): this {
    this.#end = this.#room(1).writeInt8(value, this.#end);
    return this;
  }

  int16(value: number): this {
    this.#end = this.#room(2).writeInt16BE(value, this.#end);
    return this;
  }

  int32(value: number): this {
    this.#end = this.#room(4).writeInt32BE(value, this.#end);
    return this;
  }

  /** `undefined` is null. */
  string(text: string | undefined): this {
    if (text === undefined) return this.int16(-1);
    const bytes = Buffer.from(text);
    return this.int16(bytes.length).raw(bytes);
  }

  bytes(value: Uint8Array): this {
    return this.int32(value.length).raw(value);
  }

  array<T>(items: readonly T[], write: (item: T) => void): this {
    this.int32(items.length);
    for (const item of items) write(item);
    return this;
  }

  raw(value: Uint8Array): this {
    this.#room(value.length).set(value, this.#end);
    this.#end += value.length;
    return this;
  }

  /** All that was written, in this memory. */
  get written(): Buffer {
    return this.#bytes.subarray(0, this.#end);
  }

  #room(size: number): Buffer {
    const needed = this.#end + size;
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
      this.#bytes.copy(larger, 0, 0, this.#end);
      this.#bytes = larger;
    }
    return this.#bytes;
  }
}

/** Reads one message, which may be wrong in any way. All methods throw {@link ProtocolError} where it ends too early. */
export class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get rest(): number {
    return this.#bytes.length - this.#at;
  }

  int8(): number {
    return this.#bytes.readInt8(this.#take(1));
  }

  int16(): number {
    return this.#bytes.readInt16BE(this.#take(2));
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#take(4));
  }

  int64(): bigint {
    return this.#bytes.readBigInt64BE(this.#take(8));
  }

  /** @returns `undefined` for null. */
  string(): string | undefined {
    const length = this.int16();
    if (length < 0) return undefined;
    const start = this.#take(length);
    return this.#bytes.toString("utf8", start, start + length);
  }

  bytes(): Buffer {
    const length = this.int32();
    if (length < 0) return Buffer.alloc(0);
    const start = this.#take(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** @param leastBytes What an item takes at least: a count that the message has no room for is not believed. */
  array<T>(leastBytes: number, read: () => T): T[] {
    const count = this.int32();
    if (count < 0) return [];
    if (count * leastBytes > this.rest) throw new ProtocolError("a list is longer than its message");
    const items: T[] = [];
    for (let i = 0; i < count; i++) items.push(read());
    return items;
  }

  #take(size: number): number {
    const start = this.#at;
    if (size < 0 || size > this.rest) throw new ProtocolError("a message ends too early");
    this.#at += size;
    return start;
  }
}
