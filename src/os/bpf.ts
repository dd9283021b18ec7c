/**
 * @module `bpf(2)`: maps, programs and raw tracepoints, as typed functions over file descriptors.
 *
 * Offsets are those of `union bpf_attr` in `<linux/bpf.h>`, which is stable interface: fields are only ever
 * appended, and a kernel takes a longer `attr` as long as what it does not know is zero.
 */
import { ptr } from "bun:ffi";
import { SystemCallError, systemCall } from "./system-call.ts";

/** Number of `bpf(2)`. */
export const SYS_BPF = process.arch === "arm64" ? 280 : 321;
/** Of a `union bpf_attr` large enough for every command here. */
const ATTR_SIZE = 144;

/** `enum bpf_cmd` */
const BPF_CMD = {
  MAP_CREATE: 0,
  MAP_LOOKUP_ELEM: 1,
  PROG_LOAD: 5,
  RAW_TRACEPOINT_OPEN: 17,
  LINK_CREATE: 28,
} as const;

/** `enum bpf_map_type` */
export const BPF_MAP_TYPE = { ARRAY: 2, PERCPU_ARRAY: 6, LRU_HASH: 9, RINGBUF: 27 } as const;
export type BpfMapType = (typeof BPF_MAP_TYPE)[keyof typeof BPF_MAP_TYPE];

/** `enum bpf_prog_type` */
export const BPF_PROG_TYPE = { CGROUP_SOCK_ADDR: 18, TRACING: 26 } as const;
export type BpfProgType = (typeof BPF_PROG_TYPE)[keyof typeof BPF_PROG_TYPE];

/** `enum bpf_attach_type` */
export const BPF_ATTACH_TYPE = {
  CGROUP_INET4_CONNECT: 10,
  CGROUP_INET6_CONNECT: 11,
  TRACE_RAW_TP: 23,
} as const;
export type BpfAttachType = (typeof BPF_ATTACH_TYPE)[keyof typeof BPF_ATTACH_TYPE];

/** `BPF_OBJ_NAME_LEN`, its final NUL included. */
const OBJECT_NAME_LENGTH = 16;

const attr = new Uint8Array(ATTR_SIZE);
const fields = new DataView(attr.buffer);

function put32(offset: number, value: number): void {
  fields.setUint32(offset, value, true);
}

function putPointer(offset: number, memory: Uint8Array | undefined): void {
  fields.setBigUint64(offset, memory === undefined ? 0n : BigInt(ptr(memory)), true);
}

/** Writes a name as the kernel takes it: at most 15 of `[A-Za-z0-9_.]`, the rest left out. */
function putName(offset: number, name: string): void {
  const allowed = name.replaceAll(/[^A-Za-z0-9_.]/g, "_").slice(0, OBJECT_NAME_LENGTH - 1);
  for (let i = 0; i < allowed.length; i++) attr[offset + i] = allowed.charCodeAt(i);
}

function bpf(name: keyof typeof BPF_CMD): number {
  return systemCall(`bpf(${name})`, SYS_BPF, BPF_CMD[name], attr, ATTR_SIZE);
}

/** `BPF_F_MMAPABLE`: an array that can be mapped into memory (Linux 5.5). */
export const BPF_F_MMAPABLE = 1 << 10;

/** What `BPF_MAP_CREATE` takes. */
export interface MapAttributes {
  readonly type: BpfMapType;
  /** As shown by `bpftool`. */
  readonly name: string;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  /** `BPF_F_*` */
  readonly flags?: number;
}

/**
 * Creates a map.
 * @returns Its file descriptor; the map lives as long as a descriptor or a program refers to it.
 * @throws SystemCallError
 */
export function mapCreate(map: MapAttributes): number {
  attr.fill(0);
  put32(0, map.type);
  put32(4, map.keySize);
  put32(8, map.valueSize);
  put32(12, map.maxEntries);
  put32(16, map.flags ?? 0);
  putName(28, map.name);
  return bpf("MAP_CREATE");
}

/**
 * Reads the value under `key` into `value`; of a per-CPU map, each possible CPU's, 8-byte aligned. The kernel writes as
 * much as the map's values are long, however long `value` is.
 * @returns Whether there is one.
 */
export function mapLookup(fd: number, key: Uint8Array, value: Uint8Array): boolean {
  attr.fill(0);
  put32(0, fd);
  putPointer(8, key);
  putPointer(16, value);
  try {
    bpf("MAP_LOOKUP_ELEM");
    return true;
  } catch (error) {
    if (error instanceof SystemCallError && error.errnoName === "ENOENT") return false;
    throw error;
  }
}

/** What `BPF_PROG_LOAD` takes. */
export interface ProgramAttributes {
  readonly type: BpfProgType;
  /** As shown by `bpftool`. */
  readonly name: string;
  /** `struct bpf_insn[]` */
  readonly instructions: Uint8Array;
  readonly expectedAttachType: BpfAttachType;
  /** BTF id, in vmlinux, of what a tracing program attaches to. */
  readonly attachBtfId?: number;
}

/** `BPF_LOG_LEVEL1`: what the verifier saw at each instruction. */
const LOG_LEVEL = 1;
const INSTRUCTION_SIZE = 8;
/** The verifier gives up with `EAGAIN` when a signal arrives, such as those that garbage collectors send. */
const LOAD_ATTEMPTS = 20;
const encoder = new TextEncoder();
/**
 * Helpers like `bpf_probe_read_kernel` are for programs whose license is compatible with the GPL. A constant: the kernel
 * is given its address again at each attempt, and the garbage collector does not know of that.
 */
const LICENSE = encoder.encode("Dual MIT/GPL\0");

/**
 * Has the kernel verify and load a program.
 * @param log Where the verifier writes its NUL-terminated log, or `undefined` for none. A log that is too
 * small fails the load with `ENOSPC`.
 * @returns Its file descriptor.
 * @throws SystemCallError
 */
export function programLoad(program: ProgramAttributes, log?: Uint8Array): number {
  attr.fill(0);
  put32(0, program.type);
  put32(4, program.instructions.length / INSTRUCTION_SIZE);
  putPointer(8, program.instructions);
  putPointer(16, LICENSE);
  if (log !== undefined) {
    put32(24, LOG_LEVEL);
    put32(28, log.length);
    putPointer(32, log);
  }
  putName(48, program.name);
  put32(68, program.expectedAttachType);
  put32(108, program.attachBtfId ?? 0);
  for (let attempt = 1; ; attempt++) {
    try {
      return bpf("PROG_LOAD");
    } catch (error) {
      const isInterrupted = error instanceof SystemCallError && error.errnoName === "EAGAIN";
      if (!isInterrupted || attempt === LOAD_ATTEMPTS) throw error;
    }
  }
}

/**
 * Attaches a program to a cgroup (Linux 5.7).
 * @param cgroupFd Of the cgroup's directory.
 * @returns The link's file descriptor: closing it, or the end of the process, detaches.
 * @throws SystemCallError
 */
export function linkCreate(programFd: number, cgroupFd: number, attachType: BpfAttachType): number {
  attr.fill(0);
  put32(0, programFd);
  put32(4, cgroupFd);
  put32(8, attachType);
  return bpf("LINK_CREATE");
}

/**
 * Attaches a program to a raw tracepoint.
 * @param name The tracepoint's, or `undefined` for a program that was loaded with its BTF id.
 * @returns The link's file descriptor: closing it, or the end of the process, detaches.
 * @throws SystemCallError
 */
export function rawTracepointOpen(programFd: number, name?: string): number {
  const text = name === undefined ? undefined : encoder.encode(`${name}\0`);
  attr.fill(0);
  putPointer(0, text);
  put32(8, programFd);
  return bpf("RAW_TRACEPOINT_OPEN");
}
