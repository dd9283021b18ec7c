/** @module The record of an execution. */
import { defineRecord, type ViewOf } from "../../../../kernel/record/index.ts";

/** Bytes of arguments, and of the environment, that are in the record of an execution itself. */
export const MAX_ARGUMENTS = 8192;
export const MAX_ENVIRONMENT = 8192;

/** Cgroups whose names are in a record: so many levels from the outside are those of a node, a pod and its container. */
export const CGROUP_NAMES = 12;
/** Bytes of a name there at most, with a NUL: that of no container is longer. */
export const CGROUP_NAME_SIZE = 192;

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
    /** Not 0 of a record that has nothing but arguments, from that byte of them on: what is too long for the record itself. */
    arguments_offset: "u32",
    /** The same of the environment. */
    environment_offset: "u32",
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
    /** How the walks to the paths ended: one of `PATH_END`. */
    cwd_end: "u8",
    executable_end: "u8",
    /** Whether the directory, or the file, was removed. */
    cwd_unlinked: "u8",
    executable_unlinked: "u8",
    /** Bytes that there were, of arguments without `argv[0]`; a segment that is shorter was cut. */
    arguments_size: "u64",
    environment_size: "u64",
  },
  {
    /** As given to execve(2); of execveat(2) with a descriptor, `/dev/fd/N`. */
    filename: 4096,
    cwd: 4096,
    /** Path of the executed file; of a script, of its interpreter. */
    executable: 4096,
    /**
     * Names of the outermost {@link CGROUP_NAMES} of the process's cgroup and those around it, the innermost first, each with its NUL: in
     * the hierarchy where containers are named.
     */
    cgroup: CGROUP_NAMES * CGROUP_NAME_SIZE,
    /** The same of those around the node, where that is a container itself; elsewhere, beside v1, of v2. */
    cgroup_beside: 5 * CGROUP_NAME_SIZE,
    arguments: MAX_ARGUMENTS,
    environment: MAX_ENVIRONMENT,
  },
);

/** An execution, read in place. */
export type ExecView = ViewOf<typeof execRecord>;
