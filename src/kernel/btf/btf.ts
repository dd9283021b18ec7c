/**
 * @module The running kernel's own description of its types.
 *
 * `/sys/kernel/btf/vmlinux` holds some 150,000 types. Opening it makes one pass over their headers, which
 * notes where each one is and chains the named ones by name; nothing is decoded before it is asked for.
 */

import { readFileSync } from "node:fs";
import { errorMessage } from "../../os/caught.ts";
import { TetradError } from "../../os/error.ts";
import {
  BTF_KIND,
  BTF_MAGIC,
  type BtfKind,
  ELEMENT_WORDS,
  ENUM_SIZE,
  ENUM64_SIZE,
  MEMBER_SIZE,
  TYPE_HEADER_SIZE,
  TYPE_WORDS,
} from "./format.ts";

/** Where the kernel shows its BTF. */
export const VMLINUX_BTF = "/sys/kernel/btf/vmlinux";

/** Named types are found through a table of this many chains. A power of two. */
const CHAINS = 1 << 14;

/** Qualifiers around a type, and anonymous structs in one another, that are looked through at most. */
const MAX_DEPTH = 32;

/** Name of what has none: the empty string, at offset 0. */
const ANONYMOUS = 0;

/** A member of a struct or union. `bitOffset` counts from the start of its own struct. */
export interface BtfMember {
  readonly type: number;
  readonly bitOffset: number;
  /** Bits of a bit field, 0 for an ordinary member. */
  readonly bitSize: number;
}

/** A set of types. Ids are as in the kernel: 0 is `void`, the first type is 1. */
export class Btf {
  readonly #data: DataView;
  readonly #strings: Buffer;
  /** Offset of each type in `#data`, by id. */
  readonly #offsets: Uint32Array;
  /** Heads of the chains of named types, and for each type the next in its chain. */
  readonly #heads: Uint32Array = new Uint32Array(CHAINS);
  readonly #next: Uint32Array;
  readonly #nameOffsets: Map<string, number> = new Map();

  /**
   * @param bytes A whole BTF blob.
   * @throws SyntaxError when it is none, or holds a kind of type that this reader does not know.
   */
  constructor(bytes: Uint8Array) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (bytes.length < 24 || view.getUint16(0, true) !== BTF_MAGIC) {
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
    this.#data = new DataView(view.buffer, view.byteOffset + typesAt, typesLength);
    this.#strings = Buffer.from(bytes.buffer, bytes.byteOffset + stringsAt, stringsLength);
    const capacity = Math.floor(typesLength / TYPE_HEADER_SIZE) + 1;
    const offsets = new Uint32Array(capacity);
    this.#next = new Uint32Array(capacity);
    this.#offsets = offsets.subarray(0, this.#index(offsets));
  }

  /** Number of types, `void` included: ids are below it. */
  get size(): number {
    return this.#offsets.length;
  }

  /**
   * The one pass over all types. It decides how long a start takes, so it reads words, not a `DataView`, and
   * keeps what it needs in local variables.
   */
  #index(offsets: Uint32Array): number {
    const { buffer, byteOffset, byteLength } = this.#data;
    const words =
      byteOffset % 4 === 0
        ? new Uint32Array(buffer, byteOffset, byteLength >>> 2)
        : new Uint32Array(buffer.slice(byteOffset, byteOffset + (byteLength & ~3)));
    const length = words.length;
    const heads = this.#heads;
    const next = this.#next;
    let id = 1;
    for (let at = 0; at < length; id++) {
      const info = words[at + 1]!;
      const kind = (info >>> 24) & 0x1f;
      const size = TYPE_WORDS[kind]! + ELEMENT_WORDS[kind]! * (info & 0xffff);
      if (size === 0) throw new SyntaxError(`Cannot read BTF: type ${id} is of the unknown kind ${kind}`);
      offsets[id] = at << 2;
      const name = words[at]!;
      if (name !== 0) {
        const chain = name & (CHAINS - 1);
        next[id] = heads[chain]!;
        heads[chain] = id;
      }
      at += size;
      if (at > length) throw new SyntaxError(`Cannot read BTF: type ${id} is cut off`);
    }
    return id;
  }

  /**
   * Id of the type of that kind and name, or `undefined`. Where several have it, the first one.
   */
  find(kind: BtfKind, name: string): number | undefined {
    const nameOffset = this.#nameOffset(name);
    if (nameOffset < 0) return undefined;
    let found: number | undefined;
    for (let id = this.#heads[nameOffset & (CHAINS - 1)]!; id !== 0; id = this.#next[id]!) {
      if (this.#data.getUint32(this.#offsets[id]!, true) === nameOffset && this.kind(id) === kind) found = id;
    }
    return found;
  }

  /** Kind of a type; `void` has none, 0. */
  kind(id: number): BtfKind | 0 {
    return id === 0 ? 0 : (((this.#info(id) >>> 24) & 0x1f) as BtfKind);
  }

  /** Name of a type, empty for an anonymous one. */
  name(id: number): string {
    return id === 0 ? "void" : this.#string(this.#data.getUint32(this.#at(id), true));
  }

  /** Type that a pointer, typedef, qualifier, function or variable refers to. */
  target(id: number): number {
    return this.#data.getUint32(this.#at(id) + 8, true);
  }

  /** `id` without typedefs, qualifiers and type tags around it. */
  resolve(id: number): number {
    for (let depth = 0; depth < MAX_DEPTH; depth++) {
      switch (this.kind(id)) {
        case BTF_KIND.TYPEDEF:
        case BTF_KIND.VOLATILE:
        case BTF_KIND.CONST:
        case BTF_KIND.RESTRICT:
        case BTF_KIND.TYPE_TAG:
          id = this.target(id);
          break;
        default:
          return id;
      }
    }
    throw new SyntaxError(`Cannot resolve BTF type ${id}: it refers to itself`);
  }

  /** Size of a type in bytes; 0 where it has none (`void`, a function, a forward declaration). */
  sizeOf(id: number): number {
    const type = this.resolve(id);
    switch (this.kind(type)) {
      case BTF_KIND.PTR:
        return 8;
      case BTF_KIND.ARRAY: {
        const { element, length } = this.array(type);
        return this.sizeOf(element) * length;
      }
      case BTF_KIND.INT:
      case BTF_KIND.STRUCT:
      case BTF_KIND.UNION:
      case BTF_KIND.ENUM:
      case BTF_KIND.ENUM64:
      case BTF_KIND.FLOAT:
        return this.#data.getUint32(this.#at(type) + 8, true);
      default:
        return 0;
    }
  }

  /** Element type and length of an array type. */
  array(id: number): { element: number; length: number } {
    const at = this.#at(id) + TYPE_HEADER_SIZE;
    return { element: this.#data.getUint32(at, true), length: this.#data.getUint32(at + 8, true) };
  }

  /** Member of a struct or union, also of the anonymous ones inside it; offsets count from the outer one. */
  member(id: number, name: string): BtfMember | undefined {
    const nameOffset = this.#nameOffset(name);
    return nameOffset < 0 ? undefined : this.#member(id, nameOffset, 0, 0);
  }

  #member(id: number, nameOffset: number, base: number, depth: number): BtfMember | undefined {
    if (depth > MAX_DEPTH) throw new SyntaxError(`Cannot look into BTF type ${id}: it contains itself`);
    const info = this.#info(id);
    const hasBitFields = info >>> 31 === 1;
    let at = this.#at(id) + TYPE_HEADER_SIZE;
    for (let i = info & 0xffff; i > 0; i--, at += MEMBER_SIZE) {
      const memberName = this.#data.getUint32(at, true);
      if (memberName !== nameOffset && memberName !== ANONYMOUS) continue;
      const type = this.#data.getUint32(at + 4, true);
      const offset = this.#data.getUint32(at + 8, true);
      const bitOffset = base + (hasBitFields ? offset & 0xffffff : offset);
      if (memberName === nameOffset) return { type, bitOffset, bitSize: hasBitFields ? offset >>> 24 : 0 };
      const inner = this.resolve(type);
      if (!this.isCompound(inner)) continue;
      const found = this.#member(inner, nameOffset, bitOffset, depth + 1);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Whether a type is a struct or a union. */
  isCompound(id: number): boolean {
    const kind = this.kind(id);
    return kind === BTF_KIND.STRUCT || kind === BTF_KIND.UNION;
  }

  /**
   * Value of an enumerator, or `undefined` when the enum does not have it; a `bigint` where a number is not exact.
   *
   * Types made before Linux 6.0 do not say which enums are signed, and give negative values as unsigned ones.
   */
  enumerator(enumId: number, name: string): number | bigint | undefined {
    const info = this.#info(enumId);
    const isWide = this.kind(enumId) === BTF_KIND.ENUM64;
    const elementSize = isWide ? ENUM64_SIZE : ENUM_SIZE;
    let at = this.#at(enumId) + TYPE_HEADER_SIZE;
    const nameOffset = this.#nameOffset(name);
    for (let i = info & 0xffff; i > 0; i--, at += elementSize) {
      if (this.#data.getUint32(at, true) !== nameOffset) continue;
      // The flag that tells bit fields of a struct tells signed numbers of an enum.
      const isSigned = info >>> 31 === 1;
      if (!isWide) return isSigned ? this.#data.getInt32(at + 4, true) : this.#data.getUint32(at + 4, true);
      return this.#wideValue(at + 4, isSigned);
    }
    return undefined;
  }

  /** Of an element of an ENUM64: two words that need not be aligned to 8 bytes, the low one first. */
  #wideValue(at: number, isSigned: boolean): number | bigint {
    const value = isSigned ? this.#data.getBigInt64(at, true) : this.#data.getBigUint64(at, true);
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }

  /** Number of parameters of a function prototype. */
  parameterCount(id: number): number {
    return this.#info(id) & 0xffff;
  }

  #at(id: number): number {
    const at = id === 0 ? undefined : this.#offsets[id];
    if (at === undefined) throw new RangeError(`Cannot read BTF type ${id}: there are ${this.size}`);
    return at;
  }

  #info(id: number): number {
    return this.#data.getUint32(this.#at(id) + 4, true);
  }

  /** Where a string lies, or -1. BTF holds every string once, so that offsets compare as strings do. */
  #nameOffset(name: string): number {
    let offset = this.#nameOffsets.get(name);
    if (offset === undefined) {
      const at = this.#strings.indexOf(`\0${name}\0`, 0, "latin1");
      offset = at < 0 ? -1 : at + 1;
      this.#nameOffsets.set(name, offset);
    }
    return offset;
  }

  #string(offset: number): string {
    return this.#strings.toString("latin1", offset, this.#strings.indexOf(0, offset));
  }
}

/**
 * The running kernel's types.
 * @throws TetradError `unsupported` when the kernel does not show them, or the file holds none.
 */
export function readKernelBtf(path: string = VMLINUX_BTF): Btf {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw new TetradError(
      "unsupported",
      path === VMLINUX_BTF
        ? `Cannot read the kernel's types "${path}": the kernel must be built with CONFIG_DEBUG_INFO_BTF=y and /sys be mounted`
        : `Cannot read the kernel's types "${path}": ${errorMessage(cause)}`,
      { cause },
    );
  }
  try {
    return new Btf(bytes);
  } catch (cause) {
    throw new TetradError("unsupported", `Cannot read the kernel's types "${path}": ${errorMessage(cause)}`, {
      cause,
    });
  }
}
