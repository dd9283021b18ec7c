/** @module The records that the sensor's programs write. Every record begins with its kind. */
import { createRecordView, defineRecord, type ViewOf } from "../../../../kernel/record/index.ts";

/** What a record is about. The first field of each. */
export const RECORD_KIND = { fork: 1, exec: 2, exit: 3, socket: 4 } as const;

/** Bytes of arguments, and of the environment, that are taken of a process. */
export const MAX_ARGUMENTS = 8192;
export const MAX_ENVIRONMENT = 8192;

/** Times are nanoseconds of `CLOCK_BOOTTIME`. A process is known by its `pid` and `start_time`. */
export const forkRecord = defineRecord(
  {
    kind: "u32",
    pid: "u32",
    time: "u64",
    start_time: "u64",
    parent_start_time: "u64",
    parent_pid: "u32",
    /** The pid inside the process's own PID namespace, and how deep that one is nested: 0 on the host. */
    ns_pid: "u32",
    ns_level: "u32",
  },
  {},
);

export const exitRecord = defineRecord(
  {
    kind: "u32",
    pid: "u32",
    time: "u64",
    start_time: "u64",
    /** `signal_struct.flags`, `group_exit_code`, and `exit_code` of the thread group's leader. */
    signal_flags: "u32",
    group_exit_code: "u32",
    leader_exit_code: "u32",
  },
  {},
);

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

/** What happened to a socket. */
export const SOCKET_ACTION = { connect: 1, accept: 2, listen: 3, close: 4 } as const;

const ownerFields = {
  start_time: "u64",
  /** When it was connected, accepted, or began to listen. */
  since: "u64",
  pid: "u32",
  tid: "u32",
} as const;

/** Who a socket belongs to, as the programs remember it. */
export const socketOwner = defineRecord(ownerFields, {});

/** Who a listener belongs to: begins as a {@link socketOwner} does. `pid` is 0 outside the scope. */
export const listenerOwner = defineRecord({ ...ownerFields, cookie: "u64" }, {});

/** Where a listener listens. The port and the parts of the address are in network byte order. */
export const listenerKey = defineRecord(
  {
    netns: "u32",
    port: "u16",
    family: "u16",
    /** An IPv4 address is the last part, the others are 0. */
    address0: "u32",
    address1: "u32",
    address2: "u32",
    address3: "u32",
  },
  {},
);

export const socketRecord = defineRecord(
  {
    kind: "u32",
    /** Of the owner. */
    pid: "u32",
    time: "u64",
    start_time: "u64",
    since: "u64",
    /** The kernel's name for the socket, which no other ever has. */
    cookie: "u64",
    bytes_sent: "u64",
    bytes_retransmitted: "u64",
    /** As TCP counts, for which the end of the peer's stream is one byte more. */
    bytes_received: "u64",
    /** `sk_flags`, bits of `enum sock_flags`. */
    flags: "u64",
    tid: "u32",
    action: "u32",
    state: "u32",
    mark: "u32",
    priority: "u32",
    family: "u16",
    protocol: "u16",
    /** Ports, IPv4 addresses, and IPv6 addresses in four parts, all in network byte order. */
    source_port: "u16",
    destination_port: "u16",
    source4: "u32",
    destination4: "u32",
    source6_0: "u32",
    source6_1: "u32",
    source6_2: "u32",
    source6_3: "u32",
    destination6_0: "u32",
    destination6_1: "u32",
    destination6_2: "u32",
    destination6_3: "u32",
  },
  {},
);

/** Views of a ring buffer's memory, one for each kind of record. */
export interface RecordViews {
  readonly fork: ViewOf<typeof forkRecord>;
  readonly exec: ViewOf<typeof execRecord>;
  readonly exit: ViewOf<typeof exitRecord>;
  readonly socket: ViewOf<typeof socketRecord>;
}

/** Views of `memory` for all kinds of records. */
export function createRecordViews(memory: ArrayBuffer): RecordViews {
  return {
    fork: createRecordView(forkRecord, memory),
    exec: createRecordView(execRecord, memory),
    exit: createRecordView(exitRecord, memory),
    socket: createRecordView(socketRecord, memory),
  };
}
