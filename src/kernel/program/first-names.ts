/**
 * @module The first two names of a file's path, from the root directory of the process on, as the first eight bytes of each:
 * what it takes to see that a file lies elsewhere. The way up is that of `file-path.ts`, but names on it are not read.
 *
 * A short name lies in its directory entry, so that eight bytes of it are one load; behind its NUL is what other names left.
 */
import type { HeldRegister, StackSlot } from "../asm/index.ts";
import type { ProgramBuilder } from "./builder.ts";
import { processRoot } from "./file-path.ts";
import { ENTRY_BYTES, layoutOf } from "./name-layout.ts";
import type { Pointer, Scalar } from "./pointer.ts";

/**
 * Names and mount points on the way at most. So many of the longest names have room where paths are put together: what
 * begins with other names here begins with them there, too.
 */
const MOST_STEPS = 15;
/** Descriptors that have their place in `files_struct` itself. */
const INLINE_DESCRIPTORS = 64;

/** Instead of a name: it does not lie in its entry. */
export const UNKNOWN_NAME = -1;
/** Instead of a name: there is none. */
const NO_NAME = 0;

/** Where a look goes on that has not found both names. */
export interface FirstNamesLabels {
  /** It found out nothing. */
  readonly unknown: string;
  /** The file is in no directory: it has no path. */
  readonly nowhere: string;
}

/** Where a look begins. */
export interface FirstNamesStart {
  /** Whether verifiers know what the running task leads to. */
  readonly hasTypedTask: boolean;
  /** The number that the process has the file open under. */
  readonly descriptor: Scalar | undefined;
  /** Adds code that finds the file's `struct path`. */
  readonly find: () => Pointer;
}

/** Offsets in the stack slot of a look. */
const AT = {
  first: 0,
  /** The entry of the second name, and that of the last name on the way. */
  second: 8,
  last: 16,
  mount: 24,
  dentry: 32,
  stop: 40,
  rootDentry: 48,
  rootMount: 56,
  block: 64,
};
const SIZE = AT.block + ENTRY_BYTES;

/** A look. Its slot and a register are taken until it is disposed of. */
export class FirstNames implements Disposable {
  readonly #b: ProgramBuilder;
  readonly #labels: FirstNamesLabels;
  readonly #layout: ReturnType<typeof layoutOf>;
  readonly #slot: StackSlot;
  readonly #steps: HeldRegister;
  readonly #again: string;
  readonly #cross: string;
  readonly #self: string;
  readonly #found: string;

  constructor(b: ProgramBuilder, labels: FirstNamesLabels) {
    const { asm } = b;
    this.#b = b;
    this.#labels = labels;
    this.#layout = layoutOf(b.types);
    this.#slot = asm.scopedSlot("first names", SIZE);
    this.#steps = asm.hold("steps", "r9");
    [this.#again, this.#cross] = [asm.freshLabel("again"), asm.freshLabel("cross")];
    [this.#self, this.#found] = [asm.freshLabel("self"), asm.freshLabel("found")];
  }

  /** `r3` = the first eight bytes of the first name, or {@link UNKNOWN_NAME}. */
  loadFirst(): void {
    this.#b.asm.load(8, "r3", "r10", this.#at("first"));
  }

  /** `r3` = the same of the second name; goes to `none` where there is none. */
  loadSecond(none: string): void {
    const { asm } = this.#b;
    const known = asm.freshLabel("inline");
    asm.load(8, "r1", "r10", this.#at("second")).jumpIf("r1", "==", 0, none);
    this.#probeEntry();
    this.#loadFromBlock("r3", known);
    asm.label(known);
  }

  /** Has no name found. */
  forget(): void {
    this.#b.asm.store(8, "r10", this.#at("first"), NO_NAME).store(8, "r10", this.#at("second"), 0);
  }

  [Symbol.dispose](): void {
    this.#slot[Symbol.dispose]();
    this.#steps[Symbol.dispose]();
  }

  /** Adds the code that looks; goes on behind it when there is a first name. */
  look({ hasTypedTask, descriptor, find }: FirstNamesStart): void {
    const { asm } = this.#b;
    asm.note("the path's first names").set(this.#steps, 0);
    this.#readRoot(hasTypedTask);
    if (hasTypedTask && descriptor !== undefined) this.#climbByLoads(descriptor);
    this.#begin(find());
    asm.loop(() => this.#climb());
    asm.label(this.#self).load(8, "r1", "r10", this.#at("mount"));
    asm.load(8, "r2", "r10", this.#at("rootMount")).jumpIf("r1", "==", "r2", this.#labels.unknown);
    asm.jump(this.#labels.nowhere).label(this.#found);
    asm.load(8, "r1", "r10", this.#at("first")).jumpIf("r1", "==", NO_NAME, this.#labels.unknown);
    this.#steps[Symbol.dispose]();
  }

  #at(what: keyof typeof AT): number {
    return this.#slot.offset + AT[what];
  }

  /** The root directory of the process. */
  #readRoot(hasTypedTask: boolean): void {
    const b = this.#b;
    const { asm, types } = b;
    if (hasTypedTask) {
      const root = (member: string) => types.member("fs_struct", `root.${member}`).offset;
      asm.call("get_current_task_btf").load(8, "r1", "r0", types.member("task_struct", "fs").offset);
      asm.load(8, "r2", "r1", root("mnt")).alu("r2", "-=", this.#layout.mount);
      asm.store(8, "r10", this.#at("rootMount"), "r2").load(8, "r2", "r1", root("dentry"));
      asm.store(8, "r10", this.#at("rootDentry"), "r2");
      return;
    }
    const root = processRoot(b, b.follow(b.currentTask("task"), "fs", "fs"));
    b.loadSlot("r1", root.dentry);
    asm.store(8, "r10", this.#at("rootDentry"), "r1");
    b.loadSlot("r1", root.mount);
    asm.store(8, "r10", this.#at("rootMount"), "r1");
  }

  /**
   * Within the first mount, by loads alone, with the task in `r0`. Verifiers know the types of what lies in `files_struct`
   * itself, but only at places that do not vary; goes on behind it for a file that does not.
   */
  #climbByLoads(descriptor: Scalar): void {
    const { asm, types } = this.#b;
    const at = (struct: string, path: string) => types.member(struct, path).offset;
    const [elsewhere, again, top] = [
      asm.freshLabel("elsewhere"),
      asm.freshLabel("again"),
      asm.freshLabel("top"),
    ];
    asm.load(8, "r2", "r0", at("task_struct", "files")).load(8, "r3", "r2", at("files_struct", "fdt"));
    asm.set("r4", "r2").alu("r4", "+=", at("files_struct", "fdtab")).jumpIf("r3", "!=", "r4", elsewhere);
    asm.load(4, "r5", "r10", descriptor.slot).jumpIf("r5", ">=", INLINE_DESCRIPTORS, this.#labels.unknown);
    const loaded = asm.freshLabel("file");
    this.#loadElement(at("files_struct", "fd_array"), { first: 0, count: INLINE_DESCRIPTORS }, loaded);
    asm.label(loaded).jumpIf("r1", "==", 0, this.#labels.unknown);
    asm.load(8, "r4", "r1", at("file", "f_path.mnt")).set("r3", "r4").alu("r3", "-=", this.#layout.mount);
    asm.store(8, "r10", this.#at("mount"), "r3").load(8, "r1", "r1", at("file", "f_path.dentry"));
    const climb = asm.freshLabel("climb");
    asm.load(8, "r5", "r10", this.#at("rootMount")).load(8, "r2", "r10", this.#at("rootDentry"));
    asm.jumpIf("r3", "==", "r5", climb).load(8, "r2", "r4", at("vfsmount", "mnt_root")).label(climb);
    asm.note("up to the root, or the mount's").set("r3", 0).set("r4", 0).label(again);
    this.#countStep();
    asm.jumpIf("r1", "==", "r2", top).load(8, "r5", "r1", this.#layout.parent);
    asm.jumpIf("r5", "==", "r1", this.#self).set("r4", "r3").set("r3", "r1").set("r1", "r5").jump(again);
    asm.label(top);
    const inRoot = asm.freshLabel("in_root");
    asm.load(8, "r1", "r10", this.#at("mount")).load(8, "r2", "r10", this.#at("rootMount"));
    asm.jumpIf("r1", "==", "r2", inRoot).store(8, "r10", this.#at("last"), "r3");
    asm.store(8, "r10", this.#at("first"), NO_NAME).jump(this.#cross);
    asm.label(inRoot).store(8, "r10", this.#at("second"), "r4");
    this.#loadName();
    asm.label(elsewhere);
  }

  /** `r1` = element `r5` of an array of pointers in the struct at `r2`. */
  #loadElement(
    offset: number,
    { first, count }: { readonly first: number; readonly count: number },
    loaded: string,
  ): void {
    const { asm } = this.#b;
    if (count === 1) {
      asm.load(8, "r1", "r2", offset + first * 8);
      if (first < INLINE_DESCRIPTORS - 1) asm.jump(loaded);
      return;
    }
    const half = count / 2;
    const upper = asm.freshLabel("upper");
    asm.jumpIf("r5", ">=", first + half, upper);
    this.#loadElement(offset, { first, count: half }, loaded);
    asm.label(upper);
    this.#loadElement(offset, { first: first + half, count: half }, loaded);
  }

  /** The first name is that of the entry in `r3`; without one it is the root directory itself. */
  #loadName(): void {
    const { asm } = this.#b;
    const { length, inlineBytes, name } = this.#layout;
    const known = asm.freshLabel("inline");
    asm.jumpIf("r3", "==", 0, this.#labels.unknown).load(4, "r2", "r3", length).load(8, "r1", "r3", name);
    asm.jumpIf("r2", "<", inlineBytes, known).set("r1", UNKNOWN_NAME).label(known);
    asm.store(8, "r10", this.#at("first"), "r1").jump(this.#found);
  }

  #countStep(): void {
    this.#b.asm.jumpIf(this.#steps, ">=", MOST_STEPS, this.#labels.unknown).alu(this.#steps, "+=", 1);
  }

  /** From a file that may be anywhere. */
  #begin(path: Pointer): void {
    const b = this.#b;
    const { asm } = b;
    const { mnt, dentry } = b.readPointers(path, ["mnt", "dentry"], "path");
    asm.store(8, "r10", this.#at("first"), NO_NAME).store(8, "r10", this.#at("last"), 0);
    b.loadSlot("r1", dentry);
    asm.store(8, "r10", this.#at("dentry"), "r1");
    b.loadSlot("r1", mnt);
    asm.alu("r1", "-=", this.#layout.mount).store(8, "r10", this.#at("mount"), "r1");
    this.#findStop();
  }

  /** Where the names of the mount in `r1` end; goes on with the next step. */
  #findStop(): void {
    const { asm } = this.#b;
    const other = asm.freshLabel("other_mount");
    asm.load(8, "r2", "r10", this.#at("rootMount")).jumpIf("r1", "!=", "r2", other);
    asm.load(8, "r1", "r10", this.#at("rootDentry")).store(8, "r10", this.#at("stop"), "r1");
    asm.jump(this.#again).label(other);
    this.#probe("stop", 8, this.#layout.root);
    asm.jump(this.#again);
  }

  /** `what` = bytes that a pointer leads to; uses up `r1`, the pointer. */
  #probe(what: "stop" | "block", size: number, offset: number): void {
    const { asm } = this.#b;
    asm.set("r3", "r1").alu("r3", "+=", offset).set("r1", "r10");
    asm.alu("r1", "+=", this.#at(what)).set("r2", size).call("probe_read_kernel");
  }

  /** One step after the other, by the helper. */
  #climb(): void {
    const { asm } = this.#b;
    const { place } = this.#layout;
    const block = this.#at("block");
    const named = asm.freshLabel("named");
    asm.label(this.#again);
    this.#countStep();
    asm.load(8, "r1", "r10", this.#at("dentry")).load(8, "r2", "r10", this.#at("stop"));
    asm.jumpIf("r1", "!=", "r2", named).load(8, "r1", "r10", this.#at("mount"));
    asm.load(8, "r2", "r10", this.#at("rootMount")).jumpIf("r1", "==", "r2", this.#found);
    asm.note("go on where it is mounted").label(this.#cross);
    this.#probe("block", 16, place.parent);
    asm.load(8, "r1", "r10", block).load(8, "r2", "r10", this.#at("mount"));
    asm.jumpIf("r1", "==", "r2", this.#labels.unknown).store(8, "r10", this.#at("mount"), "r1");
    asm.load(8, "r2", "r10", block + 8).store(8, "r10", this.#at("dentry"), "r2");
    this.#findStop();

    asm.note("a name").label(named);
    this.#probeEntry();
    asm.load(8, "r1", "r10", block).load(8, "r2", "r10", this.#at("dentry"));
    asm.jumpIf("r1", "==", "r2", this.#self).store(8, "r10", this.#at("dentry"), "r1");
    asm.load(8, "r1", "r10", this.#at("last")).store(8, "r10", this.#at("second"), "r1");
    asm.store(8, "r10", this.#at("last"), "r2");
    const known = asm.freshLabel("inline");
    this.#loadFromBlock("r1", known);
    asm.label(known).store(8, "r10", this.#at("first"), "r1").jump(this.#again);
  }

  /** Reads what counts of the entry that `r1` points to. */
  #probeEntry(): void {
    const { parent, name } = this.#layout;
    this.#probe("block", name + 8 - parent, parent);
  }

  /** `register` = the name that was read. */
  #loadFromBlock(register: "r1" | "r3", known: string): void {
    const { parent, length, name, inlineBytes } = this.#layout;
    const block = this.#at("block") - parent;
    this.#b.asm.load(8, register, "r10", block + name).load(4, "r2", "r10", block + length);
    this.#b.asm.jumpIf("r2", "<", inlineBytes, known).set(register, UNKNOWN_NAME);
  }
}
