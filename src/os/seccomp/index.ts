/** @module Has the kernel refuse this process, for good and on every thread, the system calls that it has no use for. */
import { ptr } from "bun:ffi";
import { BPF_CMD } from "../bpf/constants.ts";
import { hasGlibc, openLibc } from "../libc.ts";
import { lastErrno, SystemCallError } from "../system-call.ts";
import { SECCOMP } from "./calls.ts";
import { encodeFilter } from "./filter.ts";

const SET_MODE_FILTER = 1;
/** On all threads; and without slowing the process down so that it cannot guess at memory of its own (linux/seccomp.h). */
const TSYNC = 1;
const SPEC_ALLOW = 4;
/** What file and network names need as well: `AF_UNIX`, `AF_INET`, `AF_INET6`, `AF_NETLINK` (linux/socket.h). */
const SOCKET_FAMILIES = [1, 2, 10, 16];
/** To read and write maps that are open. */
const MAP_COMMANDS = [
  BPF_CMD.MAP_LOOKUP_ELEM,
  BPF_CMD.MAP_UPDATE_ELEM,
  BPF_CMD.MAP_DELETE_ELEM,
  BPF_CMD.MAP_GET_NEXT_KEY,
  BPF_CMD.OBJ_GET_INFO_BY_FD,
];

const libc = openLibc({ syscall: { args: ["i64", "i64", "i64", "ptr"], returns: "i64" } });

/** To load and attach programs, and to find out what the kernel can. */
const PROGRAM_COMMANDS = [
  ...MAP_COMMANDS,
  BPF_CMD.MAP_CREATE,
  BPF_CMD.PROG_LOAD,
  BPF_CMD.PROG_TEST_RUN,
  BPF_CMD.RAW_TRACEPOINT_OPEN,
  BPF_CMD.LINK_CREATE,
  BPF_CMD.BTF_LOAD,
  BPF_CMD.OBJ_PIN,
];

/** What a process still does. */
export interface SystemCallNeeds {
  /** Whether it uses maps of eBPF programs that it has loaded. @default false */
  readonly bpfMaps?: boolean;
  /** Whether it loads and attaches such programs. @default false */
  readonly bpfPrograms?: boolean;
}

/**
 * Installs the filter. The calling thread must have `no_new_privs`, or CAP_SYS_ADMIN. A call that is refused fails; nothing
 * is killed.
 * @throws SystemCallError `EINVAL` or `ENOSYS` where the kernel has no such filters (CONFIG_SECCOMP_FILTER, Linux 3.17).
 */
export function refuseSystemCalls({ bpfMaps = false, bpfPrograms = false }: SystemCallNeeds = {}): void {
  const code = encodeFilter({
    pid: process.pid,
    bpfCommands: bpfPrograms ? PROGRAM_COMMANDS : bpfMaps ? MAP_COMMANDS : [],
    allowsPerfEvents: bpfPrograms,
    socketFamilies: SOCKET_FAMILIES,
    allowsTkill: !hasGlibc(),
  });
  const number = SECCOMP[process.arch === "arm64" ? 1 : 0]!;
  if (code === undefined) throw new SystemCallError("seccomp", 38);
  // struct sock_fprog (linux/filter.h): how many instructions, and where.
  const program = new DataView(new ArrayBuffer(16));
  program.setUint16(0, code.length / 8, true);
  program.setBigUint64(8, BigInt(ptr(code)), true);
  const install = (flags: number): number =>
    Number(libc.syscall(number, SET_MODE_FILTER, flags, ptr(program)));
  let result = install(TSYNC | SPEC_ALLOW);
  // SPEC_ALLOW came with Linux 4.17.
  if (result < 0) result = install(TSYNC);
  if (result < 0) throw new SystemCallError("seccomp", lastErrno());
  // A thread that has filters of its own.
  if (result > 0) throw new Error(`seccomp: thread ${result} has a filter of its own`);
}
