/** @module Writes BTF: the types of a program's functions and of a map's values, which the kernel wants to know. */
import { BTF_HEADER_SIZE, BTF_KIND, BTF_MAGIC } from "./format.ts";

/** `BTF_INT_SIGNED`, in the top byte of what follows an int. */
const SIGNED = 1 << 24;

/** A member to put into a struct; `bits` makes it a bit field. */
export interface MemberSpec {
  readonly name: string;
  readonly type: number;
  readonly bitOffset: number;
  readonly bits?: number;
}

/** A parameter of a function. */
export interface ParameterSpec {
  readonly name: string;
  readonly type: number;
}

/** Where types and strings begin that are added to those of others: a module's, to the kernel's. */
export interface SplitFrom {
  /** Types that the others have, `void` included. */
  readonly typeCount: number;
  /** Bytes of their strings. */
  readonly stringsLength: number;
}

/** Collects types; each method returns the new type's id. */
export class BtfWriter {
  readonly #types: number[] = [];
  readonly #strings: string[];
  readonly #base: SplitFrom;
  #stringsLength: number;
  readonly #offsets = new Map<string, number>([["", 0]]);
  #count = 0;

  constructor(base?: SplitFrom) {
    // What begins anew begins with the empty string.
    this.#strings = base === undefined ? [""] : [];
    this.#base = base ?? { typeCount: 1, stringsLength: 0 };
    this.#stringsLength = this.#strings.length;
  }

  int(name: string, size: number, isSigned = false): number {
    return this.#type(name, BTF_KIND.INT, 0, size, [(isSigned ? SIGNED : 0) | (size * 8)]);
  }

  pointer(to: number): number {
    return this.#type("", BTF_KIND.PTR, 0, to, []);
  }

  /** @param index Type of the index: an int. */
  array(element: number, length: number, index: number = element): number {
    return this.#type("", BTF_KIND.ARRAY, 0, 0, [element, index, length]);
  }

  typedef(name: string, to: number): number {
    return this.#type(name, BTF_KIND.TYPEDEF, 0, to, []);
  }

  const(to: number): number {
    return this.#type("", BTF_KIND.CONST, 0, to, []);
  }

  struct(name: string, size: number, members: readonly MemberSpec[], kind: number = BTF_KIND.STRUCT): number {
    const flag = members.some(({ bits }) => bits !== undefined) ? 1 : 0;
    const rest = members.flatMap(({ name: member, type, bitOffset, bits = 0 }) => [
      this.#string(member),
      type,
      (flag === 1 ? (bits << 24) | bitOffset : bitOffset) >>> 0,
    ]);
    return this.#type(name, kind, members.length, size, rest, flag);
  }

  enum(name: string, values: Readonly<Record<string, number>>): number {
    const rest = Object.entries(values).flatMap(([key, value]) => [this.#string(key), value]);
    const flag = Object.values(values).some((value) => value < 0) ? 1 : 0;
    return this.#type(name, BTF_KIND.ENUM, rest.length / 2, 4, rest, flag);
  }

  enum64(name: string, values: Readonly<Record<string, bigint>>): number {
    const rest = Object.entries(values).flatMap(([key, value]) => [
      this.#string(key),
      Number(BigInt.asUintN(32, value)),
      Number(BigInt.asUintN(32, value >> 32n)),
    ]);
    const flag = Object.values(values).some((value) => value < 0n) ? 1 : 0;
    return this.#type(name, BTF_KIND.ENUM64, rest.length / 3, 8, rest, flag);
  }

  prototype(parameters: readonly ParameterSpec[], returnType = 0): number {
    const rest = parameters.flatMap(({ name, type }) => [this.#string(name), type]);
    return this.#type("", BTF_KIND.FUNC_PROTO, parameters.length, returnType, rest);
  }

  /** A function that only its own file can call (`BTF_FUNC_STATIC`), as callbacks have to be. */
  function(name: string, prototype: number): number {
    return this.#type(name, BTF_KIND.FUNC, 0, prototype, []);
  }

  build(): Uint8Array {
    const strings = new TextEncoder().encode(`${this.#strings.join("\0")}\0`);
    const types = new Uint8Array(new Uint32Array(this.#types).buffer);
    const header = new DataView(new ArrayBuffer(BTF_HEADER_SIZE));
    header.setUint16(0, BTF_MAGIC, true);
    header.setUint8(2, 1);
    header.setUint32(4, BTF_HEADER_SIZE, true);
    header.setUint32(12, types.length, true);
    header.setUint32(16, types.length, true);
    header.setUint32(20, strings.length, true);
    return Buffer.concat([new Uint8Array(header.buffer), types, strings]);
  }

  #string(text: string): number {
    const known = this.#offsets.get(text);
    if (known !== undefined) return known;
    const offset = this.#base.stringsLength + this.#stringsLength;
    this.#offsets.set(text, offset);
    this.#strings.push(text);
    this.#stringsLength += text.length + 1;
    return offset;
  }

  #type(
    name: string,
    kind: number,
    elements: number,
    sizeOrType: number,
    rest: readonly number[],
    flag = 0,
  ): number {
    const info = ((flag << 31) | (kind << 24) | elements) >>> 0;
    this.#types.push(this.#string(name), info, sizeOrType, ...rest);
    return this.#base.typeCount + this.#count++;
  }
}
