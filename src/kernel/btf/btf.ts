/**
 * @module Types as BTF has them: the kernel's own, and a module's, which add to those.
 *
 * `/sys/kernel/btf/vmlinux` holds some 150,000 types. Opening it makes one pass over their headers, which
 * notes where each one is and chains the named ones by name; nothing is decoded before it is asked for.
 */
import { BTF_KIND, type BtfKind, ENUM_SIZE, ENUM64_SIZE, MEMBER_SIZE, TYPE_HEADER_SIZE } from "./format.ts";
import { TypeTable } from "./type-table.ts";

/** Qualifiers around a type, and anonymous structs in one another, that are looked through at most. */
const MAX_DEPTH = 32;

/** Name of what has none: the empty string, at offset 0. */
const ANONYMOUS = 0;

/** Bytes of `struct btf_param`. */
const PARAMETER_SIZE = 8;

/** `BTF_INT_SIGNED`, in the word after an int's header. */
const INT_SIGNED = 1 << 24;

/** A member of a struct or union. `bitOffset` counts from the start of its own struct. */
export interface BtfMember {
  /** Empty for an anonymous struct or union. */
  readonly name: string;
  readonly type: number;
  readonly bitOffset: number;
  /** Bits of a bit field, 0 for an ordinary member. */
  readonly bitSize: number;
}

/** A parameter of a function; without a name where a prototype has none. */
export interface BtfParameter {
  readonly name: string;
  readonly type: number;
}

/** A member that is looked for. */
interface Wanted {
  readonly name: string;
  readonly nameOffset: number;
}

/** A set of types. Ids are as in the kernel: 0 is `void`, the first type is 1. */
export class Btf {
  readonly #table: TypeTable;
  readonly #base: Btf | undefined;

  /**
   * @param bytes A whole BTF blob.
   * @param base Of a module: the kernel's types, which it refers to.
   * @throws SyntaxError when it is none, or holds a kind of type that this reader does not know.
   */
  constructor(bytes: Uint8Array, base?: Btf) {
    this.#base = base;
    this.#table = new TypeTable(bytes, base?.size ?? 1, base?.stringsLength ?? 0);
  }

  /** Number of types, `void` and those of the base included: ids are below it. */
  get size(): number {
    return this.#table.firstId + this.#table.size;
  }

  /** Bytes of the strings, those of the base included. */
  get stringsLength(): number {
    return (this.#base?.stringsLength ?? 0) + this.#table.stringsLength;
  }

  /**
   * Id of the type of that kind and name, or `undefined`. Where several have it, the first one; a module's own comes
   * before the kernel's.
   */
  find(kind: BtfKind, name: string): number | undefined {
    const nameOffset = this.#nameOffset(name);
    if (nameOffset < 0) return undefined;
    return this.#table.find(kind, nameOffset) ?? this.#base?.find(kind, name);
  }

  /** Kind of a type; `void` has none, 0. */
  kind(id: number): BtfKind | 0 {
    return id === 0 ? 0 : (((this.#info(id) >>> 24) & 0x1f) as BtfKind);
  }

  /** Name of a type, empty for an anonymous one. */
  name(id: number): string {
    return id === 0 ? "void" : this.#string(this.#word(id, 0));
  }

  /** Type that a pointer, typedef, qualifier, function or variable refers to; what a prototype returns. */
  target(id: number): number {
    return this.#word(id, 8);
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
        return this.#word(type, 8);
      default:
        return 0;
    }
  }

  /** Whether a number has a sign. Types made before Linux 6.0 do not say so of enums. */
  isSigned(id: number): boolean {
    const type = this.resolve(id);
    const kind = this.kind(type);
    if (kind === BTF_KIND.INT) return (this.#word(type, TYPE_HEADER_SIZE) & INT_SIGNED) !== 0;
    return (kind === BTF_KIND.ENUM || kind === BTF_KIND.ENUM64) && this.#info(type) >>> 31 === 1;
  }

  /** Element type and length of an array type. */
  array(id: number): { element: number; length: number } {
    return { element: this.#word(id, TYPE_HEADER_SIZE), length: this.#word(id, TYPE_HEADER_SIZE + 8) };
  }

  /** Member of a struct or union, also of the anonymous ones inside it; offsets count from the outer one. */
  member(id: number, name: string): BtfMember | undefined {
    const nameOffset = this.#nameOffset(name);
    return nameOffset < 0 ? undefined : this.#member(id, { name, nameOffset }, 0, 0);
  }

  /** The members of a struct or union, as they are declared. */
  *members(id: number): Generator<BtfMember> {
    const info = this.#info(id);
    const hasBitFields = info >>> 31 === 1;
    for (let index = 0; index < (info & 0xffff); index++) {
      const at = TYPE_HEADER_SIZE + index * MEMBER_SIZE;
      const offset = this.#word(id, at + 8);
      yield {
        name: this.#string(this.#word(id, at)),
        type: this.#word(id, at + 4),
        bitOffset: hasBitFields ? offset & 0xffffff : offset,
        bitSize: hasBitFields ? offset >>> 24 : 0,
      };
    }
  }

  /** Parameters of a function prototype. The last one of a variadic function has the type 0. */
  parameters(id: number): BtfParameter[] {
    return Array.from({ length: this.parameterCount(id) }, (_, index) => {
      const at = TYPE_HEADER_SIZE + index * PARAMETER_SIZE;
      return { name: this.#string(this.#word(id, at)), type: this.#word(id, at + 4) };
    });
  }

  /** Number of parameters of a function prototype. */
  parameterCount(id: number): number {
    return this.#info(id) & 0xffff;
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
    const nameOffset = this.#nameOffset(name);
    // The flag that marks bit fields in a struct marks signed numbers in an enum.
    const isSigned = info >>> 31 === 1;
    for (let i = 0, at = TYPE_HEADER_SIZE; i < (info & 0xffff); i++, at += elementSize) {
      if (this.#word(enumId, at) !== nameOffset) continue;
      const low = this.#word(enumId, at + 4);
      return isWide ? wideNumber(low, this.#word(enumId, at + 8), isSigned) : isSigned ? low | 0 : low;
    }
    return undefined;
  }

  /** Goes over many members, so it finds the type once, and keeps what it needs in local variables. */
  #member(id: number, wanted: Wanted, base: number, depth: number): BtfMember | undefined {
    if (depth > MAX_DEPTH) throw new SyntaxError(`Cannot look into BTF type ${id}: it contains itself`);
    const { data } = this.#tableOf(id);
    const typeAt = this.#at(id);
    const info = data.getUint32(typeAt + 4, true);
    const hasBitFields = info >>> 31 === 1;
    let at = typeAt + TYPE_HEADER_SIZE;
    for (let i = info & 0xffff; i > 0; i--, at += MEMBER_SIZE) {
      const memberName = data.getUint32(at, true);
      if (memberName !== wanted.nameOffset && memberName !== ANONYMOUS) continue;
      const type = data.getUint32(at + 4, true);
      const offset = data.getUint32(at + 8, true);
      const bitOffset = base + (hasBitFields ? offset & 0xffffff : offset);
      if (memberName === wanted.nameOffset)
        return { name: wanted.name, type, bitOffset, bitSize: hasBitFields ? offset >>> 24 : 0 };
      const inner = this.resolve(type);
      if (!this.isCompound(inner)) continue;
      const found = this.#member(inner, wanted, bitOffset, depth + 1);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #info(id: number): number {
    return this.#word(id, 4);
  }

  /** The word `offset` bytes into a type. */
  #word(id: number, offset: number): number {
    return this.#tableOf(id).data.getUint32(this.#at(id) + offset, true);
  }

  /** The table that has a type: this one's, or the base's. */
  #tableOf(id: number): TypeTable {
    return this.#base === undefined || id >= this.#table.firstId ? this.#table : this.#base.#table;
  }

  /** Where a type is in the data of its table. @throws RangeError when there is no such type. */
  #at(id: number): number {
    const at = this.#tableOf(id).at(id);
    if (at === undefined || id === 0)
      throw new RangeError(`Cannot read BTF type ${id}: there are ${this.size}`);
    return at;
  }

  /** Where a string lies, or -1. A module's strings are those that the kernel's are not. */
  #nameOffset(name: string): number {
    const offset = this.#base === undefined ? -1 : this.#base.#nameOffset(name);
    return offset >= 0 ? offset : this.#table.nameOffset(name);
  }

  #string(offset: number): string {
    if (this.#base === undefined || this.#table.hasString(offset)) return this.#table.string(offset);
    return this.#base.#string(offset);
  }
}

/** Of an element of an ENUM64: two words, the low one first. */
function wideNumber(low: number, high: number, isSigned: boolean): number | bigint {
  const bits = (BigInt(high) << 32n) | BigInt(low);
  const value = isSigned ? BigInt.asIntN(64, bits) : bits;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
