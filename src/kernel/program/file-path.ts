/**
 * @module The path of an open file or a directory, across mount points, as the process sees it.
 *
 * `bpf_d_path` is allowed in a handful of functions only, so the program walks by itself: from the `dentry` up
 * to its mount's root, from there to where that is mounted, and on, until the process's own root.
 */
import type { Fields, Segments } from "../record/index.ts";
import type { ProgramBuilder } from "./builder.ts";
import type { Pointer } from "./pointers.ts";
import type { AddString } from "./record-strings.ts";
import type { RecordWriter } from "./record-writer.ts";

/** `NAME_MAX` and a NUL. */
const LONGEST_NAME = 256;

/** The walk's own slots: one set serves every walk of a program. */
const SLOT = {
  rootDentry: Symbol("root dentry"),
  rootMount: Symbol("root mount"),
  dentry: Symbol("dentry"),
  vfsmount: Symbol("vfsmount"),
  mountRoot: Symbol("mnt_root"),
  parentDentry: Symbol("d_parent"),
  parentMount: Symbol("mnt_parent"),
} as const;

/** Components and mount points that the walk goes through at most. */
const MAX_PATH_STEPS = 64;

/** Where a walk ends: the root directory of the process. */
export interface ProcessRoot {
  readonly dentry: Pointer;
  readonly mount: Pointer;
}

/** A process's root directory, from its `fs_struct`. */
export function processRoot(builder: ProgramBuilder, fs: Pointer): ProcessRoot {
  return {
    dentry: builder.follow(fs, "root.dentry", SLOT.rootDentry),
    mount: builder.containerOf(builder.follow(fs, "root.mnt", SLOT.rootMount), "mount", "mnt"),
  };
}

/**
 * Fills `segment` with the names from the file up to the root, leaf first, each with its NUL;
 * `incompleteField` is 1 when there were too many. {@link joinPathNames} makes a path of it.
 * @param path A `struct path`.
 */
export function writeFilePath<F extends Fields, S extends Segments>(
  builder: ProgramBuilder,
  record: RecordWriter<F, S>,
  segment: keyof S & string,
  incompleteField: keyof F & string,
  path: Pointer,
  root: ProcessRoot,
): void {
  const { asm } = builder;
  const walk = walkFrom(builder, path, root);
  record.constant(incompleteField, 1);
  const whole = asm.freshLabel("whole");
  const out = asm.freshLabel("out");
  record.strings(segment, LONGEST_NAME, (add) => {
    builder.loop(MAX_PATH_STEPS, (again, done) => {
      step(builder, walk, add, { again, done, whole });
    });
    asm.jump(out).label(whole);
    record.constant(incompleteField, 0);
    asm.label(out);
  });
}

/** Where a walk is, and what it reads on its way. */
interface Walk {
  readonly dentry: Pointer;
  readonly mount: Pointer;
  readonly root: ProcessRoot;
  readonly mountRoot: Pointer;
  readonly parentDentry: Pointer;
  readonly parentMount: Pointer;
}

function walkFrom(builder: ProgramBuilder, path: Pointer, root: ProcessRoot): Walk {
  const { asm } = builder;
  const dentry = builder.follow(path, "dentry", SLOT.dentry);
  const mount = builder.containerOf(builder.follow(path, "mnt", SLOT.vfsmount), "mount", "mnt");
  return {
    dentry,
    mount,
    root,
    mountRoot: { ...dentry, name: "mnt_root", slot: asm.slot(SLOT.mountRoot) },
    parentDentry: { ...dentry, name: "d_parent", slot: asm.slot(SLOT.parentDentry) },
    parentMount: { name: "mnt_parent", struct: "mount", slot: asm.slot(SLOT.parentMount), offset: 0 },
  };
}

/** Labels: for the next step, where no name fits any more, and where the path is whole. */
interface WalkLabels {
  readonly again: string;
  readonly done: string;
  readonly whole: string;
}

/** Goes to where a mount's root is mounted, or adds a name and goes to the directory that has it. */
function step(
  builder: ProgramBuilder,
  { dentry, mount, root, mountRoot, parentDentry, parentMount }: Walk,
  add: AddString,
  { again, done, whole }: WalkLabels,
): void {
  const { asm } = builder;
  const jumpIf = (one: Pointer, other: Pointer, label: string, condition: "==" | "!=" = "=="): void => {
    builder.loadSlot("r1", one);
    builder.loadSlot("r2", other);
    asm.jumpIf("r1", condition, "r2", label);
  };
  const notRoot = asm.freshLabel("not_root");
  const name = asm.freshLabel("name");

  asm.note("the process's root?");
  jumpIf(dentry, root.dentry, notRoot, "!=");
  jumpIf(mount, root.mount, whole);
  asm.label(notRoot);
  builder.advance(mountRoot, mount, "mnt.mnt_root");
  jumpIf(dentry, mountRoot, name, "!=");

  asm.note("a mount's root: go on where it is mounted");
  builder.advance(parentMount, mount, "mnt_parent");
  jumpIf(mount, parentMount, whole);
  builder.advance(dentry, mount, "mnt_mountpoint");
  builder.assign(mount, parentMount);
  asm.jump(again).label(name);

  builder.advance(parentDentry, dentry, "d_parent");
  add(dentry, "d_name.name", done);
  asm.note("a file without a directory, as memfd_create makes them?");
  jumpIf(dentry, parentDentry, whole);
  builder.assign(dentry, parentDentry);
}

/** What text begins with belongs to it, also U+FEFF: names of files that differ in it are different names. */
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * The path that {@link writeFilePath} wrote as names.
 * @param isIncomplete Whether names are missing at its start; the path then begins with `...`.
 */
export function joinPathNames(names: Uint8Array, isIncomplete = false): string {
  let path = "";
  let end = names.length - 1;
  while (end >= 0) {
    // A negative index would count from the end.
    const start = end === 0 ? 0 : names.lastIndexOf(0, end - 1) + 1;
    const name = decoder.decode(names.subarray(start, end));
    // The root of a mount that is mounted nowhere is called "/".
    if (name !== "/" && name !== "") path += `/${name}`;
    end = start - 1;
  }
  if (isIncomplete) return `...${path}`;
  return path === "" ? "/" : path;
}
