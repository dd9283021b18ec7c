/** @module `resolve`: the way from a value through the kernel's structs, as offsets. */
import type { AccessSize } from "../../kernel/asm/index.ts";
import { BTF_KIND, type Btf } from "../../kernel/btf/index.ts";
import type { ProgramBuilder, Scalar } from "../../kernel/program/index.ts";
import { TetradError } from "../../os/error.ts";

/** A way. It begins at the address that the value is. */
export interface ResolvedWay {
  /** Where pointers lie that are followed, each from where the last one led. */
  readonly hops: readonly number[];
  /** Where it ends, in bytes from where the last pointer led. */
  readonly offset: number;
  /** Bytes of the number or pointer there; of anything else its address is the value. */
  readonly size: AccessSize | undefined;
  readonly isSigned: boolean;
  /** Of a bit field: its first bit, counted from `offset`, and its width. */
  readonly bits: { readonly shift: number; readonly width: number } | undefined;
}

/** Where a way has come to. */
interface Place {
  type: number;
  bitOffset: number;
  bitSize: number;
}

const SIZES: ReadonlySet<number> = new Set([1, 2, 4, 8]);

/**
 * Resolves a way.
 * @param start The struct that it begins with, or a pointer to it.
 * @param options `isNumber`: what it leads to is wanted as a number. A struct around a number, such as `kuid_t`, is that number then, and
 * not a place.
 * @throws TetradError `unsupported` when these types do not have it.
 */
export function resolveWay(
  btf: Btf,
  start: number,
  steps: readonly (string | number)[],
  { isNumber }: { readonly isNumber: boolean },
): ResolvedWay {
  const hops: number[] = [];
  const first = btf.resolve(start);
  const isPointer = btf.kind(first) === BTF_KIND.PTR;
  const place: Place = { type: isPointer ? btf.resolve(btf.target(first)) : first, bitOffset: 0, bitSize: 0 };
  const follow = (): void => {
    hops.push(place.bitOffset / 8);
    place.bitOffset = 0;
    place.type = btf.resolve(btf.target(place.type));
  };
  for (const step of steps) {
    if (typeof step === "number") takeElement(btf, place, step, follow);
    else takeMember(btf, place, step, follow);
  }
  if (isNumber) unwrap(btf, place);
  return endOf(btf, place, hops);
}

function takeElement(btf: Btf, place: Place, index: number, follow: () => void): void {
  const kind = btf.kind(place.type);
  if (kind === BTF_KIND.PTR) follow();
  else if (kind === BTF_KIND.ARRAY) place.type = btf.resolve(btf.array(place.type).element);
  // The first element of what an argument points to is that itself.
  else if (!btf.isCompound(place.type)) throw noWay(`[${index}]`);
  place.bitOffset += index * btf.sizeOf(place.type) * 8;
}

function takeMember(btf: Btf, place: Place, name: string, follow: () => void): void {
  while (btf.kind(place.type) === BTF_KIND.PTR) follow();
  const member = btf.isCompound(place.type) ? btf.member(place.type, name) : undefined;
  if (member === undefined) throw noWay(name);
  place.type = btf.resolve(member.type);
  place.bitOffset += member.bitOffset;
  place.bitSize = member.bitSize;
}

/** Goes into structs that have one member. */
function unwrap(btf: Btf, place: Place): void {
  while (btf.kind(place.type) === BTF_KIND.STRUCT) {
    const [first, ...others] = btf.members(place.type);
    if (first === undefined || others.length > 0) return;
    place.type = btf.resolve(first.type);
    place.bitOffset += first.bitOffset;
    place.bitSize = first.bitSize;
  }
}

function noWay(step: string): TetradError {
  return new TetradError("unsupported", `Cannot resolve "${step}": this kernel's types do not have it`);
}

function endOf(btf: Btf, { type, bitOffset, bitSize }: Place, hops: readonly number[]): ResolvedWay {
  const size = btf.sizeOf(type);
  const kind = btf.kind(type);
  const isNumber =
    kind === BTF_KIND.INT || kind === BTF_KIND.ENUM || kind === BTF_KIND.ENUM64 || kind === BTF_KIND.PTR;
  const isSigned = btf.isSigned(type);
  if (bitSize > 0) {
    const shift = bitOffset % 8;
    const bytes = [1, 2, 4, 8].find((bytes) => bytes * 8 >= shift + bitSize) as AccessSize;
    return { hops, offset: (bitOffset - shift) / 8, size: bytes, isSigned, bits: { shift, width: bitSize } };
  }
  return {
    hops,
    offset: bitOffset / 8,
    size: isNumber && SIZES.has(size) ? (size as AccessSize) : undefined,
    isSigned,
    bits: undefined,
  };
}

/**
 * `value` = what the way leads to. Where a pointer on it is null or cannot be read, goes on at `failed`, with the number of
 * that pointer, from 1, in `r0`.
 */
export function emitWay(
  b: ProgramBuilder,
  way: ResolvedWay,
  {
    value,
    isUserMemory,
    failed,
  }: { readonly value: Scalar; readonly isUserMemory: boolean; readonly failed: string },
): void {
  const { asm } = b;
  const end = [...way.hops, ...(way.size === undefined ? [] : [way.offset])];
  for (const [index, offset] of end.entries()) {
    const isLast = index === way.hops.length;
    const read = asm.freshLabel("read");
    const unreadable = asm.freshLabel("unreadable");
    const size = isLast ? (way.size ?? 8) : 8;
    asm
      .note(`resolve ${index + 1}`)
      .load(8, "r3", "r10", value.slot)
      .jumpIf("r3", "==", 0, unreadable);
    asm.alu("r3", "+=", offset).store(8, "r10", value.slot, 0);
    asm.set("r1", "r10").alu("r1", "+=", value.slot).set("r2", size);
    asm.call(isUserMemory ? "probe_read_user" : "probe_read_kernel").jumpIf("r0", "==", 0, read);
    asm
      .label(unreadable)
      .set("r0", index + 1)
      .jump(failed)
      .label(read);
  }
  if (way.size === undefined) {
    asm.load(8, "r1", "r10", value.slot).alu("r1", "+=", way.offset).store(8, "r10", value.slot, "r1");
  } else extend(b, way, value);
}

/** Makes 64 bits of fewer. */
function extend({ asm }: ProgramBuilder, { size = 8, bits, isSigned }: ResolvedWay, value: Scalar): void {
  const width = bits?.width ?? size * 8;
  if (width === 64) return;
  asm.load(8, "r1", "r10", value.slot).alu("r1", "<<=", 64 - (bits?.shift ?? 0) - width);
  asm.alu("r1", isSigned ? "s>>=" : ">>=", 64 - width).store(8, "r10", value.slot, "r1");
}
