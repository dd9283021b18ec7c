/** @module The text of a path, which grows from its end: a program finds the last name first. */
import { nameLengthSlot, PATH_END, type Pointer } from "../../../kernel/program/index.ts";
import type { ReadTarget } from "./reader.ts";

/** `mode`: type and permissions, `i_mode`. `end`: how the walk ended, one of `PATH_END`. */
export const PATH_FIELDS = { mode: "u16", end: "u8" } as const;
export type PathFields = typeof PATH_FIELDS;
export type PathTarget = ReadTarget<PathFields>;

/** `NAME_MAX` */
export const LONGEST_NAME = 255;

/** Behind the name of a file that is not there any more. */
const DELETED = new TextEncoder().encode(" (deleted)");

/** What is before the path of a program that cannot be reached from the root of the process, and before one that is cut. */
export const UNREACHABLE = new TextEncoder().encode("(unreachable)");
const INCOMPLETE = new TextEncoder().encode("...");

/** A file that is not there any more is called so behind its name. */
export function beginPath(target: PathTarget, dentry: Pointer, isProgram = false): void {
  const { builder: b, scratch, region } = target;
  const { asm } = b;
  const linked = asm.freshLabel("linked");
  const { capacity, offset } = region;
  const start = region.start!;
  asm.note("path begins").store(4, scratch, start, capacity);
  b.load("r1", dentry, "d_hash.pprev", "hash link");
  asm.jumpIf("r1", "!=", 0, linked);
  // The root of a file system is in no table either; no program is one.
  if (!isProgram) {
    b.load("r1", dentry, "d_parent", "parent dentry");
    b.loadSlot("r2", dentry);
    asm.jumpIf("r1", "==", "r2", linked);
  }
  const at = capacity - DELETED.length;
  for (const [i, byte] of DELETED.entries()) asm.store(1, scratch, offset + at + i, byte);
  asm.store(4, scratch, start, at).label(linked);
}

/** Puts a slash and a name before what there is; jumps to `full` when there is no room for them. */
export function addName(target: PathTarget, name: Pointer, full: string): void {
  const { builder: b, scratch, region } = target;
  const { asm } = b;
  const { capacity, offset } = region;
  const start = region.start!;
  asm.note("add name").load(4, "r1", scratch, start);
  asm.load(4, "r2", "r10", nameLengthSlot(b, name)).alu("r2", "&=", LONGEST_NAME);
  // Below 0 is above any capacity, too.
  asm.alu("r1", "-=", "r2").alu("r1", "-=", 1).jumpIf("r1", ">", capacity, full);
  asm.store(4, scratch, start, "r1");
  asm.alu("r1", "+=", scratch).store(1, "r1", offset, "/".charCodeAt(0));
  asm
    .alu("r1", "+=", offset + 1)
    .load(8, "r3", "r10", name.slot)
    .call("probe_read_kernel");
}

/** Says of a path that is cut that it is. */
export function markIncomplete(target: PathTarget): void {
  const { builder: b, scratch } = target;
  const { asm } = b;
  const whole = asm.freshLabel("whole");
  const end = target.field("end");
  asm.load(end.size, "r2", scratch, end.offset).jumpIf("r2", "!=", PATH_END.incomplete, whole);
  prepend(target, INCOMPLETE);
  asm.label(whole);
}

/** Puts a text before what there is, if there is room. */
export function prepend({ builder, scratch, region }: PathTarget, text: Uint8Array): void {
  const { asm } = builder;
  const { capacity, offset } = region;
  const start = region.start!;
  const full = asm.freshLabel("full");
  asm.load(4, "r1", scratch, start).jumpIf("r1", "<", text.length, full).jumpIf("r1", ">", capacity, full);
  asm.alu("r1", "-=", text.length).store(4, scratch, start, "r1").alu("r1", "+=", scratch);
  for (const [i, byte] of text.entries()) asm.store(1, "r1", offset + i, byte);
  asm.label(full);
}

/** The root directory has no name, and is called by its slash. */
export function endPath(target: PathTarget): void {
  const { builder: b, scratch, region } = target;
  const { asm } = b;
  const { capacity, offset, length } = region;
  const start = region.start!;
  const [named, bounded] = [asm.freshLabel("named"), asm.freshLabel("bounded")];
  asm.note("path ends").load(4, "r1", scratch, start).jumpIf("r1", "!=", capacity, named);
  const end = target.field("end");
  asm.load(end.size, "r2", scratch, end.offset).jumpIf("r2", "!=", PATH_END.whole, named);
  asm
    .store(1, scratch, offset + capacity - 1, "/".charCodeAt(0))
    .set("r1", capacity - 1)
    .label(named);
  asm.jumpIf("r1", "<=", capacity, bounded).set("r1", capacity).label(bounded);
  asm.store(4, scratch, start, "r1").set("r2", capacity).alu("r2", "-=", "r1");
  asm.store(4, scratch, length, "r2");
}
