/** @module The record of an execution. */
import { defineRecord, type ViewOf } from "../../../../kernel/record/index.ts";

/** Bytes of arguments, and of the environment, that are taken of a process. */
export const MAX_ARGUMENTS = 8192;
export const MAX_ENVIRONMENT = 8192;

/** Times are nanoseconds of `CLOCK_BOOTTIME`. A process is known by its `pid` and `start_time`. */
export const execRecord = defineRecord(
  {
    kind: "u32",
    pid: "u32",
    time: "u64",
    start_time: "u64",
    parent_start_time: "u64",
    parent_pid: "u32",
    ns_pid: "u32",
    ns_level: "u32",
    auid: "u32",
    uid: "u32",
    gid: "u32",
    euid: "u32",
    egid: "u32",
    suid: "u32",
    sgid: "u32",
    fsuid: "u32",
    fsgid: "u32",
    securebits: "u32",
    cap_permitted: "u64",
    cap_effective: "u64",
    cap_inheritable: "u64",
    cap_ambient: "u64",
    ns_uts: "u32",
    ns_ipc: "u32",
    ns_mnt: "u32",
    ns_pid_inum: "u32",
    ns_pid_for_children: "u32",
    ns_net: "u32",
    ns_time: "u32",
    ns_time_for_children: "u32",
    ns_cgroup: "u32",
    ns_user: "u32",
    /** Of the file that was executed (of a script: its interpreter). */
    inode: "u64",
    nlink: "u32",
    inode_uid: "u32",
    inode_gid: "u32",
    per_clear: "u32",
    mode: "u16",
    secureexec: "u8",
    cwd_incomplete: "u8",
    /** Whether the directory was removed. */
    cwd_unlinked: "u8",
    executable_incomplete: "u8",
    /** Whether another program runs the file that was named: it is a script, or `binfmt_misc` has a handler for it. */
    is_interpreted: "u8",
    /** Bytes that there were, of arguments without `argv[0]`; a segment that is shorter was cut. */
    arguments_size: "u64",
    environment_size: "u64",
  },
  {
    /** As given to execve(2); of execveat(2) with a descriptor, `/dev/fd/N`. */
    filename: 4096,
    cwd: 4096,
    /** Path of the executed file; empty where it was named by a path and credentials are not asked for. */
    executable: 4096,
    /** Names of the cgroup and the one around it, each with its NUL. */
    cgroup: 512,
    arguments: MAX_ARGUMENTS,
    environment: MAX_ENVIRONMENT,
  },
);

/** An execution, read in place. */
export type ExecView = ViewOf<typeof execRecord>;
