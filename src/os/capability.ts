/** @module Linux capabilities: names, and what a process has. */
import { threadsOf } from "./every-thread.ts";
import { readProcFile } from "./proc-file.ts";
import { parseStatus, statusCapabilities, statusNumbers } from "./process-status.ts";

/** Capabilities in the order of their numbers (linux/capability.h). */
export const CAPABILITY_NAMES = [
  "CAP_CHOWN",
  "CAP_DAC_OVERRIDE",
  "CAP_DAC_READ_SEARCH",
  "CAP_FOWNER",
  "CAP_FSETID",
  "CAP_KILL",
  "CAP_SETGID",
  "CAP_SETUID",
  "CAP_SETPCAP",
  "CAP_LINUX_IMMUTABLE",
  "CAP_NET_BIND_SERVICE",
  "CAP_NET_BROADCAST",
  "CAP_NET_ADMIN",
  "CAP_NET_RAW",
  "CAP_IPC_LOCK",
  "CAP_IPC_OWNER",
  "CAP_SYS_MODULE",
  "CAP_SYS_RAWIO",
  "CAP_SYS_CHROOT",
  "CAP_SYS_PTRACE",
  "CAP_SYS_PACCT",
  "CAP_SYS_ADMIN",
  "CAP_SYS_BOOT",
  "CAP_SYS_NICE",
  "CAP_SYS_RESOURCE",
  "CAP_SYS_TIME",
  "CAP_SYS_TTY_CONFIG",
  "CAP_MKNOD",
  "CAP_LEASE",
  "CAP_AUDIT_WRITE",
  "CAP_AUDIT_CONTROL",
  "CAP_SETFCAP",
  "CAP_MAC_OVERRIDE",
  "CAP_MAC_ADMIN",
  "CAP_SYSLOG",
  "CAP_WAKE_ALARM",
  "CAP_BLOCK_SUSPEND",
  "CAP_AUDIT_READ",
  "CAP_PERFMON",
  "CAP_BPF",
  "CAP_CHECKPOINT_RESTORE",
] as const;

export type CapabilityName = (typeof CAPABILITY_NAMES)[number];

/** A set of capabilities: bit n is capability n. */
export type CapabilitySet = bigint;

/** The set of the named capabilities. */
export function capabilitySet(names: readonly CapabilityName[]): CapabilitySet {
  return names.reduce((set, name) => set | (1n << BigInt(CAPABILITY_NAMES.indexOf(name))), 0n);
}

/** The names in a set; a capability that is younger than this list is `CAP_n`. */
export function capabilityNames(set: CapabilitySet): string[] {
  const names: string[] = [];
  for (let bit = 0; bit < 64; bit++) {
    if ((set >> BigInt(bit)) & 1n) names.push(CAPABILITY_NAMES[bit] ?? `CAP_${bit}`);
  }
  return names;
}

/** What one thread may do. */
export interface Privileges {
  readonly effective: CapabilitySet;
  readonly permitted: CapabilitySet;
  readonly inheritable: CapabilitySet;
  readonly bounding: CapabilitySet;
  readonly ambient: CapabilitySet;
  readonly noNewPrivileges: boolean;
  /** Whether a filter decides about its system calls (seccomp(2)). */
  readonly hasSystemCallFilter: boolean;
  /** Real, effective, saved and file system user. */
  readonly users: readonly number[];
  readonly groups: readonly number[];
}

/** linux/seccomp.h. */
const SECCOMP_MODE_FILTER = "2";

/** Reads `/proc/PID/task/TID/status` (proc(5)); `undefined` when the thread is gone. */
export function readPrivileges(thread: number, pid: number | "self" = "self"): Privileges | undefined {
  let text: string;
  try {
    text = readProcFile(`/proc/${pid}/task/${thread}/status`);
  } catch {
    return undefined;
  }
  const status = parseStatus(text);
  return {
    effective: statusCapabilities(status, "CapEff"),
    permitted: statusCapabilities(status, "CapPrm"),
    inheritable: statusCapabilities(status, "CapInh"),
    bounding: statusCapabilities(status, "CapBnd"),
    ambient: statusCapabilities(status, "CapAmb"),
    noNewPrivileges: status.get("NoNewPrivs") === "1",
    hasSystemCallFilter: status.get("Seccomp") === SECCOMP_MODE_FILTER,
    users: statusNumbers(status, "Uid"),
    groups: statusNumbers(status, "Gid"),
  };
}

/** What a process may do: of every set what any of its threads has. @throws The system's error when it is gone. */
export function readProcessPrivileges(pid: number | "self" = "self"): Privileges {
  const threads = threadsOf(pid).flatMap((thread) => readPrivileges(thread, pid) ?? []);
  const union = (key: "effective" | "permitted" | "inheritable" | "bounding" | "ambient"): CapabilitySet =>
    threads.reduce((set, thread) => set | thread[key], 0n);
  return {
    effective: union("effective"),
    permitted: union("permitted"),
    inheritable: union("inheritable"),
    bounding: union("bounding"),
    ambient: union("ambient"),
    noNewPrivileges: threads.every((thread) => thread.noNewPrivileges),
    hasSystemCallFilter: threads.every((thread) => thread.hasSystemCallFilter),
    users: [...new Set(threads.flatMap((thread) => thread.users))],
    groups: [...new Set(threads.flatMap((thread) => thread.groups))],
  };
}
