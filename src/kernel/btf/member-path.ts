/**
 * @module Paths through the kernel's structs: `task_struct.real_parent.tgid` to the offsets that lead there.
 *
 * A path may go through pointers. Each one is a hop: read 8 bytes, go on from there.
 */
import type { Btf } from "./btf.ts";
import { BTF_KIND } from "./format.ts";

/** Where a member lies, seen from a struct's address. */
export interface MemberPath {
  /** As asked for, for listings: `task_struct.real_parent.tgid`. */
  readonly text: string;
  /** Offsets of the pointers to follow, each from where the last one led. */
  readonly hops: readonly number[];
  /** Offset of the member in the last struct. Of a bit field, of the byte that its first bit is in. */
  readonly offset: number;
  /** Bytes to read. */
  readonly size: number;
  /** Type id of the member. */
  readonly type: number;
  readonly isPointer: boolean;
  /** Of a bit field: its first bit, counted from `offset`, and its width. */
  readonly bits?: { readonly shift: number; readonly width: number };
}

/** `name`, or `name[3]`. */
const STEP = /^(\w+)(?:\[(\d+)\])?$/;

/**
 * Resolves `path` from `struct`, or returns `undefined` when this kernel does not have that struct or a
 * member on the way.
 * @param path Members joined by dots; `[n]` picks an array's element.
 */
export function findMemberPath(btf: Btf, struct: string, path: string): MemberPath | undefined {
  let type = btf.find(BTF_KIND.STRUCT, struct) ?? btf.find(BTF_KIND.UNION, struct);
  if (type === undefined) return undefined;
  const hops: number[] = [];
  let bitOffset = 0;
  let bitSize = 0;
  for (const step of path.split(".")) {
    const [, name, index] = STEP.exec(step) ?? [];
    if (name === undefined) throw new SyntaxError(`Cannot read member path "${path}": found "${step}"`);
    if (btf.kind(type) === BTF_KIND.PTR) {
      hops.push(bitOffset / 8);
      bitOffset = 0;
      type = btf.resolve(btf.target(type));
    }
    if (!btf.isCompound(type)) return undefined;
    const member = btf.member(type, name);
    if (member === undefined) return undefined;
    bitOffset += member.bitOffset;
    bitSize = member.bitSize;
    type = btf.resolve(member.type);
    if (index !== undefined) {
      if (btf.kind(type) !== BTF_KIND.ARRAY) return undefined;
      type = btf.resolve(btf.array(type).element);
      bitOffset += Number(index) * btf.sizeOf(type) * 8;
    }
  }
  const text = `${struct}.${path}`;
  if (bitSize === 0) {
    const isPointer = btf.kind(type) === BTF_KIND.PTR;
    return { text, hops, offset: bitOffset / 8, size: btf.sizeOf(type), type, isPointer };
  }
  const shift = bitOffset % 8;
  return {
    text,
    hops,
    offset: (bitOffset - shift) / 8,
    size: Math.ceil((shift + bitSize) / 8),
    type,
    isPointer: false,
    bits: { shift, width: bitSize },
  };
}
