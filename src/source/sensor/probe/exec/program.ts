/** @module The program on `sched_process_exec`: a process has become another program. */
import type { ProgramSpec } from "../../../../kernel/attach/index.ts";
import {
  type AddString,
  type OpenPath,
  openPath,
  type Pointer,
  type ProgramBuilder,
  processRoot,
  RecordWriter,
  type Scalar,
  TracingProgramBuilder,
  type WriterOf,
  writeFilePath,
} from "../../../../kernel/program/index.ts";
import type { ProgramContext } from "../probe.ts";
import { SENSOR_MAPS } from "../shared/maps.ts";
import { leaveUnlessInScope, ownPid, writeOwnPid } from "../shared/scope.ts";
import { CGROUP_NAME_SIZE, CGROUP_NAMES, execRecord } from "./record.ts";

/** What the program collects beyond the basics. */
export interface ExecOptions {
  /** User and group ids, capabilities, secure bits, and the inode of the executed file. */
  readonly credentials: boolean;
  readonly namespaces: boolean;
  readonly environment: boolean;
  /** Bytes of arguments at most, and of the environment. Those that the record has room for come in any case. */
  readonly maxArgumentsSize: number;
  /**
   * The cgroup hierarchy that containers are named in: the v1 controller of that `cgroup_subsys_id`
   * enumerator, or cgroup v2.
   */
  readonly cgroupSubsystem: string | undefined;
  /** Number of the cgroup that the node is in itself, in that hierarchy. @default the hierarchy's root */
  readonly nodeCgroup?: bigint | undefined;
}

/** How many cgroups a process's may be in, beyond those whose names are taken. */
const MAX_CGROUP_LEVELS = 244;

/** Assembles the program. It runs in the process, when its old program is gone and the new one has not begun. */
export function execProgram(
  { types, scope, kind }: ProgramContext,
  options: ExecOptions,
): ProgramSpec<"tp_btf"> {
  const b = new TracingProgramBuilder(types, "sched_process_exec");
  const task = b.argument(0, "task_struct", "task");
  const bprm = b.argument(2, "linux_binprm", "bprm");
  leaveUnlessInScope(b, task, scope);
  const found = findStructs(b, task, bprm, options.cgroupSubsystem);
  const { mm, parent, pid, cred, cwd, root, file, executable, cgroups } = found;

  const record = RecordWriter.inScratch(b, execRecord, SENSOR_MAPS);
  record.constant("kind", kind);
  record.helper("time", "ktime_get_boot_ns");
  record.read("pid", task, "tgid");
  record.read("start_time", task, "start_boottime");
  record.constant("arguments_offset", 0);
  record.constant("environment_offset", 0);
  if (options.environment) {
    const memory = record.locateUserMemory(mm, "env_start", "env_end");
    record.sendBeyond("environment", "environment_offset", memory, options.maxArgumentsSize);
    record.constant("environment_offset", 0);
  }
  // argv[0] may be any text and is not reported: it must not take the place of what is.
  const argumentMemory = record.locateUserMemory(mm, "arg_start", "arg_end", { skipsString: true });
  record.sendBeyond("arguments", "arguments_offset", argumentMemory, options.maxArgumentsSize);
  record.constant("arguments_offset", 0);
  record.read("parent_pid", parent, "tgid");
  record.read("parent_start_time", parent, "start_boottime");
  writeOwnPid(b, record, task, pid);
  if (types.has("task_struct", "loginuid")) record.read("auid", task, "loginuid.val");
  else record.constant("auid", -1);

  record.read("euid", cred, "euid.val");
  if (options.credentials) writeCredentials(record, cred, bprm, file);
  if (options.namespaces) writeNamespaces(b, record, task, cred);

  record.string("filename", bprm, "filename");
  writeIsUnlinked(b, record, "cwd_unlinked", cwd);
  writeFilePath(b, record, "cwd", "cwd_end", cwd, root);
  writeIsUnlinked(b, record, "executable_unlinked", executable);
  writeFilePath(b, record, "executable", "executable_end", executable, root);
  writeCgroups(b, record, cgroups, options.nodeCgroup);
  record.takeUserMemory("arguments", "arguments_size", argumentMemory);
  if (options.environment) record.userMemory("environment", "environment_size", mm, "env_start", "env_end");
  else record.empty("environment");
  record.output();

  return b.build("tetrad_exec");
}

/**
 * The structs that the record is filled from. They come first: newer verifiers search all of the kernel's types for each
 * pointer that is read, and do so each time that they come by again.
 */
function findStructs(b: ProgramBuilder, task: Pointer, bprm: Pointer, subsystem: string | undefined) {
  const fs = b.follow(task, "fs", "fs");
  const file = b.follow(bprm, "file", "file");
  return {
    mm: b.follow(task, "mm", "mm"),
    parent: b.follow(task, "real_parent.group_leader", "parent"),
    pid: b.follow(task, "thread_pid", "thread_pid"),
    cred: b.follow(task, "cred", "cred"),
    root: processRoot(b, fs),
    cwd: openPath(b, b.embedded(fs, "pwd"), "cwd"),
    file,
    // Not the name that was executed, which may be any that leads there.
    executable: openPath(b, b.embedded(file, "f_path"), "executable"),
    cgroups: findCgroups(b, task, subsystem),
  };
}

/** A cgroup of the process: what the kernel names it by, and how many are around it. */
interface FoundCgroup {
  readonly node: Pointer;
  readonly level: Scalar;
}

/** The process's cgroups: in the v1 hierarchy, where containers are named in one, then v2. */
function findCgroups(b: ProgramBuilder, task: Pointer, subsystem: string | undefined): FoundCgroup[] {
  const index = subsystem === undefined ? undefined : b.types.enumerator("cgroup_subsys_id", subsystem);
  const find = (path: string, name: string): FoundCgroup => ({
    node: b.follow(task, `${path}.kn`, `${name} node`),
    level: b.scalar(task, `${path}.level`, `${name} level`),
  });
  const second = find("cgroups.dfl_cgrp", "cgroup v2");
  return index === undefined ? [second] : [find(`cgroups.subsys[${index}].cgroup`, "cgroup v1"), second];
}

type ExecWriter = WriterOf<typeof execRecord>;

/** As `d_unlinked()` of `<linux/dcache.h>` has it: the file is in no hash table any more, and no file system's root. */
function writeIsUnlinked(
  b: ProgramBuilder,
  record: ExecWriter,
  field: "cwd_unlinked" | "executable_unlinked",
  { dentry }: OpenPath,
): void {
  const linked = b.asm.freshLabel("linked");
  record.constant(field, 0);
  b.load("r1", dentry, "d_hash.pprev", "hash link");
  b.asm.jumpIf("r1", "!=", 0, linked);
  b.load("r1", dentry, "d_parent", "parent dentry");
  b.loadSlot("r2", dentry);
  b.asm.jumpIf("r1", "==", "r2", linked);
  record.constant(field, 1);
  b.asm.label(linked);
}

function writeCredentials(record: ExecWriter, cred: Pointer, bprm: Pointer, file: Pointer): void {
  for (const id of ["uid", "gid", "egid", "suid", "sgid", "fsuid", "fsgid"] as const) {
    record.read(id, cred, `${id}.val`);
  }
  record.read("securebits", cred, "securebits");
  for (const set of ["cap_permitted", "cap_effective", "cap_inheritable", "cap_ambient"] as const) {
    record.read(set, cred, set);
  }
  record.read("secureexec", bprm, "secureexec");
  record.read("per_clear", bprm, "per_clear");
  record.read("inode", file, "f_inode.i_ino");
  record.read("nlink", file, "f_inode.i_nlink");
  record.read("mode", file, "f_inode.i_mode");
  record.read("inode_uid", file, "f_inode.i_uid.val");
  record.read("inode_gid", file, "f_inode.i_gid.val");
}

function writeNamespaces(b: ProgramBuilder, record: ExecWriter, task: Pointer, cred: Pointer): void {
  const nsproxy = b.follow(task, "nsproxy", "nsproxy");
  record.read("ns_uts", nsproxy, "uts_ns.ns.inum");
  record.read("ns_ipc", nsproxy, "ipc_ns.ns.inum");
  record.read("ns_mnt", nsproxy, "mnt_ns.ns.inum");
  record.read("ns_pid_inum", ownPid(b, task), "ns.ns.inum");
  record.read("ns_pid_for_children", nsproxy, "pid_ns_for_children.ns.inum");
  record.read("ns_net", nsproxy, "net_ns.ns.inum");
  if (b.types.has("nsproxy", "time_ns")) {
    record.read("ns_time", nsproxy, "time_ns.ns.inum");
    record.read("ns_time_for_children", nsproxy, "time_ns_for_children.ns.inum");
  } else {
    record.constant("ns_time", 0);
    record.constant("ns_time_for_children", 0);
  }
  record.read("ns_cgroup", nsproxy, "cgroup_ns.ns.inum");
  record.read("ns_user", cred, "user_ns.ns.inum");
}

/** Names of cgroups and those around them. @param cgroups Their slots are used up. */
function writeCgroups(
  b: ProgramBuilder,
  record: ExecWriter,
  [first, second]: readonly FoundCgroup[],
  nodeCgroup: bigint | undefined,
): void {
  const node = record.untyped(first!.node);
  climb(b, node, first!.level);
  record.strings("cgroup", CGROUP_NAME_SIZE, (add) => addNames(b, node, add, nodeCgroup));
  if (nodeCgroup !== undefined)
    record.strings("cgroup_beside", CGROUP_NAME_SIZE, (add) => addNames(b, node, add));
  else if (second !== undefined) {
    const beside = record.untyped(second.node);
    climb(b, beside, second.level);
    record.strings("cgroup_beside", CGROUP_NAME_SIZE, (add) => addNames(b, beside, add));
  } else record.empty("cgroup_beside");
}

function parentOf(b: ProgramBuilder): "__parent" | "parent" {
  // Linux 6.15 renamed it, when it became protected by RCU.
  return b.types.has("kernfs_node", "__parent") ? "__parent" : "parent";
}

/** Goes out from a cgroup that is deep inside of a container: names that whoever is in it makes up are not to take the place of others. */
function climb(b: ProgramBuilder, node: Pointer, level: Scalar): void {
  b.loop(MAX_CGROUP_LEVELS, (_again, done) => {
    b.loadSlot("r1", level);
    b.asm.jumpIf32("r1", "s<", CGROUP_NAMES, done).alu("r1", "-=", 1).store(8, "r10", level.slot, "r1");
    b.advance(node, node, parentOf(b));
  });
}

/** Adds names up to the outermost one, or that of a cgroup of that number. */
function addNames(b: ProgramBuilder, node: Pointer, add: AddString, last?: bigint): void {
  const full = b.asm.freshLabel("full");
  const parent = parentOf(b);
  b.loop(CGROUP_NAMES, (_again, done) => {
    if (last === undefined) {
      b.loadSlot("r1", node);
      b.asm.jumpIf("r1", "==", 0, done);
    } else {
      b.loadSlot("r1", b.scalar(node, "id", "number of a cgroup"));
      b.asm.setWide("r2", last).jumpIf("r1", "==", "r2", done);
    }
    const read = b.readPointers(node, ["name", parent], "name and parent");
    add(read.name, full);
    b.assign(node, read[parent]);
    b.asm.jumpIf("r1", "==", 0, done);
  });
  b.asm.label(full);
}
