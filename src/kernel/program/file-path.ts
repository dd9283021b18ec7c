/**
 * @module The path of an open file or a directory, across mount points, as the process sees it.
 *
 * `bpf_d_path` is allowed in a handful of functions only, so the program walks by itself: from the `dentry` up
 * to its mount's root, from there to where that is mounted, and on, until the process's own root.
 */
import { decodeText } from "../../lib/text/utf8.ts";
import type { HeldRegister } from "../asm/index.ts";
import type { Fields, Segments } from "../record/index.ts";
import type { ProgramBuilder } from "./builder.ts";
import { hasKernelLoop, longLoop } from "./long-loop.ts";
import type { Pointer } from "./pointer.ts";
import type { RecordWriter } from "./record-writer.ts";

/** `NAME_MAX` and a NUL. */
const LONGEST_NAME = 256;

/** The walk's own slots: one set serves every walk of a program. */
const SLOT = {
  rootDentry: Symbol("root dentry"),
  rootMount: Symbol("root mount"),
  mountRoot: Symbol("mnt_root"),
  name: Symbol("d_parent and d_name"),
  place: Symbol("mnt_parent and mnt_mountpoint"),
} as const;

/** Steps that a program takes itself before a subprogram goes on: hardly any path has more. */
const FIRST_STEPS = 32;

/** Components and mount points that the walk goes through at most. */
const MAX_PATH_STEPS = 64;

/** How a walk ended: what a path is called by, and whether it is one. */
export const PATH_END = {
  /** At the root directory of the process. */
  whole: 0,
  /** Before its end: the path has too many names. */
  incomplete: 1,
  /** At the root of a mount that is mounted nowhere, or outside of the process's root directory. */
  unreachable: 2,
  /** At a file that is in no directory. */
  alone: 3,
} as const;

/** Where a walk ends: the root directory of the process. */
export interface ProcessRoot {
  readonly dentry: Pointer;
  readonly mount: Pointer;
}

/** A file that is open, or a directory that is in use. */
export interface OpenPath {
  readonly dentry: Pointer;
  readonly vfsmount: Pointer;
}

/** What a `struct path` leads to. @param name Of its own: what is opened next under that name takes its place. */
export function openPath(builder: ProgramBuilder, path: Pointer, name: string): OpenPath {
  return {
    dentry: builder.follow(path, "dentry", `${name} dentry`),
    vfsmount: builder.follow(path, "mnt", `${name} vfsmount`),
  };
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
 * `endField` is one of {@link PATH_END}. {@link joinPathNames} makes a path of both.
 * @param path Its slots are used up.
 */
export function writeFilePath<F extends Fields, S extends Segments>(
  builder: ProgramBuilder,
  record: RecordWriter<F, S>,
  segment: keyof S & string,
  endField: keyof F & string,
  path: OpenPath,
  root: ProcessRoot,
): void {
  const walk = walkFrom(builder, path, root, (pointer) => record.untyped(pointer));
  record.constant(endField, PATH_END.incomplete);
  record.strings(segment, LONGEST_NAME, (add) => {
    walkFilePath(builder, walk, MAX_PATH_STEPS, {
      add,
      end: (end) => record.constant(endField, end),
    });
  });
}

/** What a walk does with what it finds. */
export interface WalkSteps {
  /** Adds a name, a `char *`, from the file's own up to the root; jumps to `full` when no name fits any more. */
  add(name: Pointer, full: string): void;
  /** Says how the walk ended: one of {@link PATH_END}, but for `incomplete`, which is so until this says otherwise. */
  end(end: number): void;
}

/** How a walk goes on that has taken as many steps as the program itself has room for. */
export interface RestOfWalk {
  /** Of the subprogram that takes the further steps. */
  readonly name: string;
  /** Points to where names go, which {@link add} is given in the subprogram. */
  readonly held: HeldRegister;
  /** As {@link WalkSteps.add}. */
  add(held: HeldRegister, name: Pointer, full: string): void;
}

/** Names and mount points that a path of `PATH_MAX` bytes can have, and more. */
const MOST_STEPS = 4096;

/**
 * Walks from a file up to the root, over mount points.
 * @param limit Names and mount points at most, unless there is a `rest` and the kernel has loops without a bound.
 */
export function walkFilePath(
  builder: ProgramBuilder,
  walk: Walk,
  limit: number,
  steps: WalkSteps,
  rest?: RestOfWalk,
): void {
  const { asm } = builder;
  const ends = {
    whole: asm.freshLabel("whole"),
    unreachable: asm.freshLabel("unreachable"),
    alone: asm.freshLabel("alone"),
  };
  const out = asm.freshLabel("out");
  if (rest === undefined) {
    builder.loop(limit, (again, full) => step(builder, walk, steps, { again, full, ...ends }));
  } else {
    const { dentry, mount, mountRoot, root } = walk;
    longLoop(builder, {
      first: hasKernelLoop(builder.types) ? FIRST_STEPS : limit,
      rest: { limit: MOST_STEPS, name: rest.name },
      pointers: [dentry, mount, mountRoot, root.dentry, root.mount],
      held: rest.held,
      exits: { ...ends, full: out },
      round(pointers, held, labels) {
        const [dentry, mount, mountRoot, rootDentry, rootMount] = pointers as [
          Pointer,
          Pointer,
          Pointer,
          Pointer,
          Pointer,
        ];
        const at = { dentry, mount, mountRoot, root: { dentry: rootDentry, mount: rootMount } };
        const add = (name: Pointer, full: string) => rest.add(held, name, full);
        step(builder, at, { add }, labels);
      },
    });
  }
  asm.jump(out).label(ends.unreachable);
  steps.end(PATH_END.unreachable);
  asm.jump(out).label(ends.alone);
  steps.end(PATH_END.alone);
  asm.jump(out).label(ends.whole);
  steps.end(PATH_END.whole);
  asm.label(out);
}

/** Where a walk is. */
export interface Walk {
  readonly dentry: Pointer;
  readonly mount: Pointer;
  readonly root: ProcessRoot;
  readonly mountRoot: Pointer;
}

/**
 * The beginning of a walk.
 * @param path Its slots are used up.
 * @param untyped Makes a number of a pointer whose type the verifier knows: in a loop each round has to look alike.
 */
export function walkFrom(
  builder: ProgramBuilder,
  { dentry, vfsmount }: OpenPath,
  root: ProcessRoot,
  untyped: (pointer: Pointer) => Pointer = (pointer) => pointer,
): Walk {
  return {
    dentry: untyped(dentry),
    mountRoot: untyped(builder.follow(vfsmount, "mnt_root", SLOT.mountRoot)),
    mount: builder.containerOf(untyped(vfsmount), "mount", "mnt"),
    root,
  };
}

/** Labels: for the next step, where no name fits any more, and for each other way in which a walk ends. */
interface WalkLabels {
  readonly again: string;
  readonly full: string;
  readonly whole: string;
  readonly unreachable: string;
  readonly alone: string;
}

/** Goes to where a mount's root is mounted, or adds a name and goes to the directory that has it. */
function step(
  builder: ProgramBuilder,
  { dentry, mount, root, mountRoot }: Walk,
  { add }: Pick<WalkSteps, "add">,
  { again, full, whole, unreachable, alone }: WalkLabels,
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
  jumpIf(dentry, mountRoot, name, "!=");

  asm.note("a mount's root: go on where it is mounted");
  const place = builder.readPointers(mount, ["mnt_parent", "mnt_mountpoint"], SLOT.place);
  jumpIf(mount, place.mnt_parent, unreachable);
  builder.assign(dentry, place.mnt_mountpoint);
  builder.assign(mount, place.mnt_parent);
  builder.advance(mountRoot, mount, "mnt.mnt_root");
  asm.jump(again).label(name);

  const read = builder.readPointers(dentry, ["d_parent", "d_name.name"], SLOT.name);
  add(read["d_name.name"], full);
  asm.note("a file without a directory, as memfd_create makes them?");
  jumpIf(dentry, read.d_parent, alone);
  builder.assign(dentry, read.d_parent);
}

/** Where on the stack the length of a name is, a `u32`: it lies just before the name's address and was read with it. */
export function nameLengthSlot({ types }: ProgramBuilder, name: Pointer): number {
  const { offset } = types.member("dentry", "d_name.name");
  return name.slot - offset + types.member("dentry", "d_name.len").offset;
}

/**
 * The path that {@link writeFilePath} wrote as names.
 * @param end How the walk ended, of {@link PATH_END}: where names are missing at its start, the path begins with `...`;
 * where it does not lead to the process's root, with `(unreachable)`, as getcwd(2) has it.
 */
export function joinPathNames(names: Uint8Array, end: number = PATH_END.whole): string {
  let path = "";
  let last = names.length - 1;
  while (last >= 0) {
    // A negative index would count from the end.
    const start = last === 0 ? 0 : names.lastIndexOf(0, last - 1) + 1;
    const name = decodeText(names.subarray(start, last));
    // The root of a mount that is mounted nowhere is called "/".
    if (name !== "/" && name !== "") path += `/${name}`;
    last = start - 1;
  }
  if (end === PATH_END.incomplete) return `...${path}`;
  if (path === "") path = "/";
  return end === PATH_END.unreachable ? `(unreachable)${path}` : path;
}
