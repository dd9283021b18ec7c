/** @module Header blocks of a peer (HPACK, RFC 7541). */
import { asBuffer, type SliceableBuffer } from "../bytes.ts";
import { decodeHuffman } from "./huffman.ts";
import { ERROR, Http2Error } from "./protocol.ts";
import { type HeaderField, STATIC_TABLE } from "./static-table.ts";

/** Bytes of the dynamic table, which a peer fills: what HTTP/2 has as long as nobody says otherwise. */
export const TABLE_BYTES = 4096;
/** What a field counts beyond its text (section 4.1). */
export const FIELD_BYTES = 32;
/** Higher numbers are of no use to anybody here. */
const MAX_INTEGER = 2 ** 24;

/** The fields that entered last, the youngest first, as far as they have room. */
class DynamicTable {
  readonly #fields: HeaderField[] = [];
  #bytes = 0;
  #maxBytes = TABLE_BYTES;

  get(index: number): HeaderField | undefined {
    return this.#fields[this.#fields.length - 1 - index];
  }

  add(field: HeaderField): void {
    const bytes = sizeOf(field);
    this.#evict(this.#maxBytes - bytes);
    if (bytes > this.#maxBytes) return;
    this.#fields.push(field);
    this.#bytes += bytes;
  }

  resize(maxBytes: number): void {
    this.#maxBytes = maxBytes;
    this.#evict(maxBytes);
  }

  /** Lets go of the oldest until no more than so many bytes are left. */
  #evict(maxBytes: number): void {
    let count = 0;
    while (this.#bytes > Math.max(0, maxBytes)) this.#bytes -= sizeOf(this.#fields[count++]!);
    if (count > 0) this.#fields.splice(0, count);
  }
}

/** How many bytes a field counts for limits. */
export function sizeOf([name, value]: HeaderField): number {
  return name.length + value.length + FIELD_BYTES;
}

/** Decodes the blocks of one connection, in order. After an error nothing can be decoded. */
export class HpackDecoder {
  readonly #table = new DynamicTable();
  #bytes: SliceableBuffer = Buffer.alloc(0) as SliceableBuffer;
  #at = 0;

  /**
   * Hands on the fields of a block, a character for each byte.
   * @throws Http2Error `COMPRESSION_ERROR`.
   */
  decode(block: Uint8Array, onField: (field: HeaderField) => void): void {
    this.#bytes = asBuffer(block);
    this.#at = 0;
    let hasField = false;
    while (this.#at < block.length) {
      const first = block[this.#at]!;
      if ((first & 0xe0) === 0x20) {
        // A new size comes before the fields (section 4.2).
        if (hasField) invalid("the table's size changes within a block");
        this.#resize();
        continue;
      }
      hasField = true;
      onField((first & 0x80) === 0 ? this.#literal(first) : this.#indexed(this.#integer(7)));
    }
  }

  #resize(): void {
    const size = this.#integer(5);
    if (size > TABLE_BYTES) invalid("a table that is larger than allowed");
    this.#table.resize(size);
  }

  #literal(first: number): HeaderField {
    const isKept = (first & 0x40) !== 0;
    const index = this.#integer(isKept ? 6 : 4);
    const name = index === 0 ? this.#text() : this.#indexed(index)[0];
    const field: HeaderField = [name, this.#text()];
    if (isKept) this.#table.add(field);
    return field;
  }

  #indexed(index: number): HeaderField {
    const field =
      index === 0 ? undefined : (STATIC_TABLE[index] ?? this.#table.get(index - STATIC_TABLE.length));
    return field ?? invalid(`no field ${index}`);
  }

  /** An integer whose first byte has so many bits for it (section 5.1). */
  #integer(bits: number): number {
    const limit = 2 ** bits - 1;
    const first = this.#byte() & limit;
    if (first < limit) return first;
    let value = first;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (value > MAX_INTEGER || shift > 28) invalid("a number that is too large");
      if (byte < 0x80) return value;
    }
  }

  #text(): string {
    const isHuffman = (this.#bytes[this.#at] ?? 0) >= 0x80;
    const length = this.#integer(7);
    const from = this.#at;
    const to = from + length;
    if (to > this.#bytes.length) invalid("a text that is cut off");
    this.#at = to;
    return isHuffman ? decodeHuffman(this.#bytes, from, to) : this.#bytes.latin1Slice(from, to);
  }

  #byte(): number {
    if (this.#at >= this.#bytes.length) invalid("a block that is cut off");
    return this.#bytes[this.#at++]!;
  }
}

function invalid(what: string): never {
  throw new Http2Error(ERROR.compression, `headers that cannot be decoded: ${what}`);
}
