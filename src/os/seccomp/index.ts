/** @module Has the kernel refuse this process, for good and on every thread, the system calls that it has no use for. */
import { BPF_CMD } from "../bpf/constants.ts";
import { hasGlibc } from "../libc.ts";
import { encodeFilter } from "./filter.ts";
import { installFilter } from "./install.ts";

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
  /** Whether it makes files that are in memory alone. @default true */
  readonly memoryFiles?: boolean;
}

/**
 * Installs the filter. The calling thread must have `no_new_privs`, or CAP_SYS_ADMIN. A call that is refused fails; nothing
 * is killed.
 * @throws SystemCallError `EINVAL` or `ENOSYS` where the kernel has no such filters (CONFIG_SECCOMP_FILTER, Linux 3.17).
 */
export function refuseSystemCalls({
  bpfMaps = false,
  bpfPrograms = false,
  memoryFiles = true,
}: SystemCallNeeds = {}): void {
  installFilter(
    encodeFilter({
      pid: process.pid,
      bpfCommands: bpfPrograms ? PROGRAM_COMMANDS : bpfMaps ? MAP_COMMANDS : [],
      allowsPerfEvents: bpfPrograms,
      socketFamilies: SOCKET_FAMILIES,
      allowsTkill: !hasGlibc(),
      allowsMemoryFiles: memoryFiles,
    }),
  );
}
