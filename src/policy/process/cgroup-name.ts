/** @module Cgroups in programs that see them made and gone: which hierarchy they are of, their numbers, the letters of their names. */
import type { HeldRegister } from "../../kernel/asm/index.ts";
import type { Pointer, ProgramBuilder } from "../../kernel/program/index.ts";

/** `NAME_MAX` and a NUL. */
export const NAME_SIZE = 256;

/** Ends the program unless a cgroup is of a hierarchy: numbers of cgroups in others are no numbers of this one. */
export function leaveUnlessOf(b: ProgramBuilder, cgroup: Pointer, hierarchy: number): void {
  b.load("r1", cgroup, "root.hierarchy_id", "hierarchy");
  b.leaveIf("r1", "!=", hierarchy);
}

/** A slot with the number at a path from a cgroup. */
export function idSlot(b: ProgramBuilder, cgroup: Pointer, path: string): number {
  const slot = b.asm.slot(path);
  b.load("r1", cgroup, path);
  b.asm.store(8, "r10", slot, "r1");
  return slot;
}

/** `r0` = bytes of the name with its NUL. */
export function readLength(b: ProgramBuilder, name: Pointer): void {
  using text = b.asm.scopedSlot("name of the cgroup", NAME_SIZE);
  b.loadSlot("r3", name);
  b.asm.set("r1", "r10").alu("r1", "+=", text.offset).set("r2", NAME_SIZE).call("probe_read_kernel_str");
  b.leaveIf("r0", "s<=", 0);
}

/** Some of a name. */
export interface PartOfName {
  readonly name: Pointer;
  /** What {@link back} is counted from. */
  readonly at: HeldRegister;
  readonly back: number;
  /** A place on the stack. */
  readonly to: number;
  readonly size: number;
}

/** Reads letters of a name that are so many before a place; ends the program where they cannot be read. */
export function readAt(b: ProgramBuilder, { name, at, back, to, size }: PartOfName): void {
  b.loadSlot("r3", name);
  b.asm.alu("r3", "+=", at).alu("r3", "-=", back).set("r1", "r10").alu("r1", "+=", to).set("r2", size);
  b.asm.call("probe_read_kernel");
  b.leaveIf("r0", "!=", 0);
}

/** The bytes of a text, the first one lowest. */
export function wordOf(text: string): bigint {
  return [...text].reduce(
    (word, letter, index) => word | (BigInt(letter.charCodeAt(0)) << BigInt(index * 8)),
    0n,
  );
}
