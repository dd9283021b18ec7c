/** @module A pointer to one of the kernel's structs, and a number, as programs hold them. */
import type { MemberPath } from "../btf/index.ts";

/** A pointer to a kernel struct, in a stack slot. */
export interface Pointer {
  /** As in listings. */
  readonly name: string;
  readonly struct: string;
  readonly slot: number;
  /** What to add to the slot's value: where the struct lies inside the one that the slot points to. */
  readonly offset: number;
  /** Whether the verifier knows its type, and that it is not null. @default false */
  readonly isTyped?: boolean;
}

/** A number in a stack slot, zero-extended to 64 bits. */
export interface Scalar {
  readonly slot: number;
}

/** The same pointer, read as one whose type nobody knows: in loops, where each round has to look alike to the verifier. */
export function untyped(pointer: Pointer): Pointer {
  return { ...pointer, isTyped: false };
}

/** Bytes that one load can read, and how far from an address. */
const LOADED_SIZES: ReadonlySet<number> = new Set([1, 2, 4, 8]);
const FARTHEST = 0x7fff;

/** Whether a member can be read by loads alone. */
export function isLoaded(from: Pointer, { hops, offset, size, bits }: MemberPath): boolean {
  if (!from.isTyped || bits !== undefined || !LOADED_SIZES.has(size)) return false;
  return [...hops, offset].every((place, index) => place + (index === 0 ? from.offset : 0) <= FARTHEST);
}
