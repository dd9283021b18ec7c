/** @module Paths of files, as the process sees them. */

import {
  hasKernelLoop,
  longLoop,
  PATH_END,
  type Pointer,
  type ProcessRoot,
  processRoot,
  type WalkSteps,
  walkFilePath,
  walkFrom,
} from "../../../kernel/program/index.ts";
import type { JsonObject } from "../../../lib/json/object.ts";
import { decodeText } from "../../../lib/text/utf8.ts";
import {
  addName,
  beginPath,
  endPath,
  LONGEST_NAME,
  markIncomplete,
  PATH_FIELDS,
  type PathFields,
  type PathTarget,
  prepend,
  UNREACHABLE,
} from "./path-text.ts";
import { permissionText } from "./permission.ts";
import { defineReader, type FileTarget, pointerTo, type ReadingView } from "./reader.ts";
import { bytesLocation } from "./string.ts";

/** Names, and mount points among them, that a walk goes through at most where the kernel has no loop without a bound. */
const MOST_NAMES = 128;
/** The same where it has one: in the program itself, and after these. A path of `PATH_MAX` bytes has no more. */
const FIRST_NAMES = 32;
const MOST_REST = 4096;
/** A path grows from its end. The last name that is written may be longer than what is left. */
const BYTES = { isFromEnd: true, slack: LONGEST_NAME + 1 } as const;

/** How a path is written. */
interface PathStyle {
  /** Whether what has no directory has a name all the same, as programs in memory have. */
  readonly isNamed: boolean;
  /** Whether what is not whole says so. */
  readonly isMarked: boolean;
}

const PLAIN: PathStyle = { isNamed: false, isMarked: false };
/** As events of executions have it. */
export const EXECUTED: PathStyle = { isNamed: true, isMarked: true };
/** A program that is about to be executed. */
const TO_EXECUTE: PathStyle = { isNamed: true, isMarked: false };

/**
 * Adds the path to a file, across mount points, up to the root of the process.
 * @param path Its slots are used up.
 */
export function readPath(target: PathTarget, path: Pointer, { isNamed, isMarked }: PathStyle = PLAIN): void {
  const { builder: b } = target;
  const { mnt: vfsmount, dentry } = b.readPointers(path, ["mnt", "dentry"], "path");
  const open = { dentry, vfsmount };
  target.copy("mode", open.dentry, "d_inode.i_mode");
  const root = target.hasTypedTask
    ? rootByLoads(target)
    : processRoot(b, b.follow(b.currentTask("task"), "fs", "fs"));
  beginPath(target, open.dentry, isNamed);
  target.store("end", PATH_END.incomplete);
  const steps: WalkSteps = {
    add: (name, full) => addName(target, name, full),
    end(end) {
      if (isMarked && end === PATH_END.unreachable) prepend(target, UNREACHABLE);
      if (isNamed) target.store("end", end);
      else endWalk(target, end);
    },
  };
  walkFilePath(b, walkFrom(b, open, root), MOST_NAMES, steps, {
    name: `path_${target.region.offset}`,
    held: target.scratch,
    add: (scratch, name, full) => addName(target.in(scratch), name, full),
  });
  if (isMarked) markIncomplete(target);
  endPath(target);
}

/** The root directory of the process, where the verifier knows what the task leads to. */
function rootByLoads(target: PathTarget): ProcessRoot {
  const { builder: b } = target;
  const task = b.currentTask("typed task", { isTyped: true });
  const mnt = loadPointer(target, task, "fs.root.mnt", "vfsmount");
  return {
    dentry: loadPointer(target, task, "fs.root.dentry", "dentry"),
    mount: b.containerOf(mnt, "mount", "mnt"),
  };
}

/** A pointer that loads lead to, as a plain number: verifiers keep no types of what is in the scratch. */
function loadPointer(
  { builder: b, scratch, region }: PathTarget,
  from: Pointer,
  path: string,
  struct: string,
): Pointer {
  const { asm } = b;
  const slot = asm.slot(`loaded ${path}`);
  b.load("r1", from, path);
  asm.store(8, scratch, region.offset, "r1").load(8, "r1", scratch, region.offset);
  asm.store(8, "r10", slot, "r1");
  return { name: path, struct, slot, offset: 0 };
}

/** Adds the path inside a mount, which is all that a directory entry knows. @param dentry Its slot is used up. */
function readEntryPath(target: PathTarget, dentry: Pointer): void {
  const { builder: b } = target;
  const { asm } = b;
  target.copy("mode", dentry, "d_inode.i_mode");
  beginPath(target, dentry);
  target.store("end", PATH_END.incomplete);
  const [whole, full] = [asm.freshLabel("whole"), asm.freshLabel("full")];
  longLoop(b, {
    first: hasKernelLoop(b.types) ? FIRST_NAMES : MOST_NAMES,
    rest: { limit: MOST_REST, name: `path_${target.region.offset}` },
    pointers: [dentry],
    held: target.scratch,
    exits: { whole, full },
    round([entry], scratch, labels) {
      const read = b.readPointers(entry!, ["d_parent", "d_name.name"], "d_parent and d_name");
      b.loadSlot("r1", entry!);
      b.loadSlot("r2", read.d_parent);
      asm.jumpIf("r1", "==", "r2", labels.whole);
      addName(target.in(scratch), read["d_name.name"], labels.full);
      b.assign(entry!, read.d_parent);
    },
  });
  asm.jump(full).label(whole);
  target.store("end", PATH_END.whole);
  asm.label(full);
  endPath(target);
}

function endWalk(target: PathTarget, end: number): void {
  const { builder, scratch, region } = target;
  const { asm } = builder;
  // A file that is in no directory, such as a pipe, has no path.
  if (end === PATH_END.alone) {
    asm.store(4, scratch, region.start!, region.capacity);
  }
  target.store("end", end);
  if (end !== PATH_END.unreachable) return;
  // Events say nothing of it. A file of an overlay and that of its layer have the same path: rate limits must not tell them apart.
  const nameless = asm.freshLabel("nameless");
  asm.load(4, "r1", scratch, region.start!).jumpIf("r1", "==", region.capacity, nameless);
  target.store("end", PATH_END.whole);
  asm.label(nameless);
}

const location = (target: PathTarget) => ({ ...bytesLocation(target), mode: target.memory("mode") });

/** The members of `KprobePath` and `KprobeFile`. */
function pathMembers(view: ReadingView<PathFields>): JsonObject {
  const members: JsonObject = {};
  if (view.bytes.length > 0) members.path = decodeText(view.bytes);
  if (view.number("end") === PATH_END.incomplete) members.flags = "unresolvedPathComponents";
  members.permission = permissionText(view.number("mode"));
  return members;
}

/** A reader of what leads to a `struct path`. */
function pathReader(
  field: "file_arg" | "path_arg" | "linux_binprm_arg",
  find: (target: FileTarget) => Pointer,
  {
    style = PLAIN,
    isDescriptor = false,
  }: { readonly style?: PathStyle; readonly isDescriptor?: boolean } = {},
) {
  return defineReader({
    // What is in no directory may have a name in another style.
    ...(style === PLAIN ? { file: { find, isDescriptor } } : {}),
    fields: PATH_FIELDS,
    bytes: BYTES,
    read: (target) => readPath(target, find(target), style),
    location,
    value: (view) => ({ [field]: pathMembers(view) }),
  });
}

/** The `path` of an open file that a pointer leads to; goes to `failed` where it leads nowhere. */
function fileOf(target: FileTarget, struct: string, path: string): Pointer {
  const { builder: b } = target;
  const file = b.follow(pointerTo(struct, target), path, "file");
  b.loadSlot("r1", file);
  b.asm.jumpIf("r1", "==", 0, target.failed);
  return b.embedded(file, "f_path");
}

/** The file that the process has open under a number. */
function descriptorFile({ builder: b, value, hasTypedTask: isTyped, failed }: FileTarget): Pointer {
  const { asm } = b;
  const task = b.currentTask(isTyped ? "typed task" : "task", { isTyped });
  b.load("r1", task, "files.fdt.max_fds");
  asm.load(4, "r2", "r10", value.slot).jumpIf("r2", ">=", "r1", failed);
  b.load("r3", task, "files.fdt.fd");
  const slot = asm.slot("file");
  asm.load(4, "r2", "r10", value.slot).alu("r2", "<<=", 3).alu("r3", "+=", "r2");
  asm.set("r1", "r10").alu("r1", "+=", slot).set("r2", 8).call("probe_read_kernel");
  asm.load(8, "r1", "r10", slot).jumpIf("r1", "==", 0, failed);
  return b.embedded({ name: "file", struct: "file", slot, offset: 0 }, "f_path");
}

export const PATH_READERS = {
  file: pathReader("file_arg", (target) => target.builder.embedded(pointerTo("file", target), "f_path")),
  path: pathReader("path_arg", (target) => pointerTo("path", target)),
  fd: pathReader("file_arg", descriptorFile, { isDescriptor: true }),
  kiocb: pathReader("file_arg", (target) => fileOf(target, "kiocb", "ki_filp")),
  linux_binprm: pathReader("linux_binprm_arg", (target) => fileOf(target, "linux_binprm", "file"), {
    style: TO_EXECUTE,
  }),
  dentry: defineReader({
    fields: PATH_FIELDS,
    bytes: BYTES,
    read: (target) => readEntryPath(target, target.pointer("dentry")),
    location,
    value: (view) => ({ path_arg: pathMembers(view) }),
  }),
} as const;
