/** @module Makes small BTF blobs, so that tests know what is in them. */
import { BTF_KIND, BTF_MAGIC } from "../../src/kernel/btf/format.ts";

const HEADER_SIZE = 24;

/** A member to put into a struct; `bits` makes it a bit field. */
export interface MemberSpec {
  readonly name: string;
  readonly type: number;
  readonly bitOffset: number;
  readonly bits?: number;
}

/** Collects types; each method returns the new type's id. */
export class BtfBuilder {
  readonly #types: number[] = [];
  readonly #strings: string[] = [""];
  #stringsLength = 1;
  readonly #offsets = new Map<string, number>([["", 0]]);
  #count = 0;

  #string(text: string): number {
    const known = this.#offsets.get(text);
    if (known !== undefined) return known;
    const offset = this.#stringsLength;
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
    return ++this.#count;
  }

  int(name: string, size: number): number {
    return this.#type(name, BTF_KIND.INT, 0, size, [size * 8]);
  }

  pointer(to: number): number {
    return this.#type("", BTF_KIND.PTR, 0, to, []);
  }

  array(element: number, length: number): number {
    return this.#type("", BTF_KIND.ARRAY, 0, 0, [element, element, length]);
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

  prototype(parameters: readonly number[]): number {
    const rest = parameters.flatMap((type) => [0, type]);
    return this.#type("", BTF_KIND.FUNC_PROTO, parameters.length, 0, rest);
  }

  build(): Uint8Array {
    const strings = new TextEncoder().encode(`${this.#strings.join("\0")}\0`);
    const types = new Uint8Array(new Uint32Array(this.#types).buffer);
    const header = new DataView(new ArrayBuffer(HEADER_SIZE));
    header.setUint16(0, BTF_MAGIC, true);
    header.setUint8(2, 1);
    header.setUint32(4, HEADER_SIZE, true);
    header.setUint32(12, types.length, true);
    header.setUint32(16, types.length, true);
    header.setUint32(20, strings.length, true);
    return Buffer.concat([new Uint8Array(header.buffer), types, strings]);
  }
}
