/** @module A BTF blob's types and strings: where each type is, and those of a name. */
import {
  BTF_HEADER_SIZE,
  BTF_MAGIC,
  type BtfKind,
  ELEMENT_WORDS,
  TYPE_HEADER_SIZE,
  TYPE_WORDS,
} from "./format.ts";

/** Named types are found through a table of this many chains. A power of two. */
const CHAINS = 1 << 14;

/** The types of one blob. Their ids begin at `firstId`, offsets of its strings at `stringsFrom`. */
export class TypeTable {
  readonly data: DataView;
  readonly firstId: number;
  /** Number of types. */
  readonly size: number;
  /** Bytes of the strings. */
  readonly stringsLength: number;
  readonly #strings: Buffer;
  readonly #stringsFrom: number;
  /** Offset of each type in `data`, by its place among them, counted from 1. */
  readonly #offsets: Uint32Array;
  /** Heads of the chains of named types, and for each type the next in its chain. */
  readonly #heads: Uint32Array = new Uint32Array(CHAINS);
  readonly #next: Uint32Array;
  readonly #nameOffsets: Map<string, number> = new Map();

  /**
   * @param bytes A whole BTF blob.
   * @throws SyntaxError when it is none, or holds a kind of type that this reader does not know.
   */
  constructor(bytes: Uint8Array, firstId: number, stringsFrom: number) {
    const { types, strings } = readSections(bytes);
    this.data = types;
    this.#strings = strings;
    this.stringsLength = strings.length;
    this.firstId = firstId;
    this.#stringsFrom = stringsFrom;
    const capacity = Math.floor(types.byteLength / TYPE_HEADER_SIZE) + 1;
    const offsets = new Uint32Array(capacity);
    this.#next = new Uint32Array(capacity);
    this.size = this.#index(offsets);
    this.#offsets = offsets.subarray(0, this.size + 1);
  }

  /**
   * The one pass over all types. It decides how long a start takes, so it reads words, not a `DataView`, and
   * keeps what it needs in local variables.
   */
  #index(offsets: Uint32Array): number {
    const { buffer, byteOffset, byteLength } = this.data;
    const words =
      byteOffset % 4 === 0
        ? new Uint32Array(buffer, byteOffset, byteLength >>> 2)
        : new Uint32Array(buffer.slice(byteOffset, byteOffset + (byteLength & ~3)));
    const length = words.length;
    const heads = this.#heads;
    const next = this.#next;
    let place = 1;
    for (let at = 0; at < length; place++) {
      const info = words[at + 1]!;
      const kind = (info >>> 24) & 0x1f;
      const size = TYPE_WORDS[kind]! + ELEMENT_WORDS[kind]! * (info & 0xffff);
      if (size === 0) throw new SyntaxError(`Cannot read BTF: type ${place} is of the unknown kind ${kind}`);
      offsets[place] = at << 2;
      const name = words[at]!;
      if (name !== 0) {
        const chain = name & (CHAINS - 1);
        next[place] = heads[chain]!;
        heads[chain] = place;
      }
      at += size;
      if (at > length) throw new SyntaxError(`Cannot read BTF: type ${place} is cut off`);
    }
    return place - 1;
  }

  /** Where the type is in {@link data}, or `undefined` when it is not one of these. */
  at(id: number): number | undefined {
    const place = id - this.firstId + 1;
    return place < 1 ? undefined : this.#offsets[place];
  }

  /** Id of the first type of that kind whose name is the string at that offset. */
  find(kind: BtfKind, nameOffset: number): number | undefined {
    let found: number | undefined;
    for (let place = this.#heads[nameOffset & (CHAINS - 1)]!; place !== 0; place = this.#next[place]!) {
      const at = this.#offsets[place]!;
      const isKind = ((this.data.getUint32(at + 4, true) >>> 24) & 0x1f) === kind;
      if (isKind && this.data.getUint32(at, true) === nameOffset) found = place + this.firstId - 1;
    }
    return found;
  }

  /** Where a string lies, or -1. BTF holds every string once, so that offsets compare as strings do. */
  nameOffset(name: string): number {
    let offset = this.#nameOffsets.get(name);
    if (offset === undefined) {
      // Strings that add to others' do not begin with the empty one.
      const isFirst = this.#strings.subarray(0, name.length + 1).equals(Buffer.from(`${name}\0`, "latin1"));
      const at = isFirst ? -1 : this.#strings.indexOf(`\0${name}\0`, 0, "latin1");
      offset = at < 0 && !isFirst ? -1 : at + 1 + this.#stringsFrom;
      this.#nameOffsets.set(name, offset);
    }
    return offset;
  }

  /** The string at an offset. */
  string(offset: number): string {
    const start = offset - this.#stringsFrom;
    return this.#strings.toString("latin1", start, this.#strings.indexOf(0, start));
  }

  /** Whether the string at an offset is one of these. */
  hasString(offset: number): boolean {
    return offset >= this.#stringsFrom;
  }
}

function readSections(bytes: Uint8Array): { types: DataView; strings: Buffer } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < BTF_HEADER_SIZE || view.getUint16(0, true) !== BTF_MAGIC) {
    throw new SyntaxError(`Cannot read BTF: found no magic number ${BTF_MAGIC.toString(16)} at its start`);
  }
  const header = view.getUint32(4, true);
  const typesAt = header + view.getUint32(8, true);
  const typesLength = view.getUint32(12, true);
  const stringsAt = header + view.getUint32(16, true);
  const stringsLength = view.getUint32(20, true);
  if (typesAt + typesLength > bytes.length || stringsAt + stringsLength > bytes.length) {
    throw new SyntaxError("Cannot read BTF: its sections reach beyond its end");
  }
  return {
    types: new DataView(view.buffer, view.byteOffset + typesAt, typesLength),
    strings: Buffer.from(bytes.buffer, bytes.byteOffset + stringsAt, stringsLength),
  };
}
