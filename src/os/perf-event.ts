/** @module `perf_event_open(2)`: tracepoints, kprobes and uprobes that a program can be attached to. */
import { readFileSync } from "node:fs";
import { openLibc } from "./libc.ts";
import { cString, defineStruct, withStruct } from "./struct-layout.ts";
import { ioctl, lastErrno, SystemCallError } from "./system-call.ts";

/** `struct perf_event_attr` of `<linux/perf_event.h>`, as far as these events need it. */
export const PERF_EVENT_ATTR = defineStruct({
  type: [0, "u32"],
  size: [4, "u32"],
  config: [8, "u64"],
  sample_period: [16, "u64"],
  /** The bits of the struct, from `disabled`. */
  flags: [40, "u64"],
  /** `kprobe_func` or `uprobe_path` */
  config1: [56, "pointer"],
  /** `probe_offset` */
  config2: [64, "u64"],
  /** The last one of the size that every kernel with kprobes as events has (4.17). */
  aux_watermark: [104, "u32"],
});

/** `PERF_TYPE_TRACEPOINT`; its `config` is the number in `events/CATEGORY/NAME/id` of tracefs. */
export const PERF_TYPE_TRACEPOINT = 2;
const PERF_FLAG_FD_CLOEXEC = 8;
const SYS_PERF_EVENT_OPEN = process.arch === "arm64" ? 241 : 298;
/** `PERF_EVENT_IOC_ENABLE` and `PERF_EVENT_IOC_SET_BPF` */
const IOC_ENABLE = 0x2400;
const IOC_SET_BPF = 0x40042408;

const libc = openLibc({
  syscall: { args: ["i64", "ptr", "i32", "i32", "i32", "u64"], returns: "i64" },
});

/** What {@link perfEventOpen} takes. */
export interface PerfEvent {
  readonly type: number;
  readonly config: bigint;
  /** NUL-terminated: the kernel function, or the file's path. */
  readonly target?: Uint8Array | undefined;
  /** The file, in place of its path: who opens it has seen what it is. */
  readonly descriptor?: number | undefined;
  /** In the function or the file. */
  readonly offset?: bigint | undefined;
  /** `undefined` for all processes. */
  readonly pid?: number | undefined;
  /** Of an event that tells of mappings: the processor that it hears of. */
  readonly mappingsOfCpu?: number | undefined;
}

/** `PERF_TYPE_SOFTWARE`, `PERF_COUNT_SW_DUMMY` */
const SOFTWARE_EVENT = { type: 1, config: 9n } as const;
/** `mmap`, `mmap_data`, `mmap2`, `build_id` (5.12) of `struct perf_event_attr`. */
const MAPPING_FLAGS = [8n, 17n, 23n, 34n].reduce((flags, bit) => flags | (1n << bit), 0n);

/** An event that has the kernel tell of files which are mapped on a processor, with their build ids; nobody reads what it records. */
export function mappingEvent(cpu: number): PerfEvent {
  return { ...SOFTWARE_EVENT, mappingsOfCpu: cpu };
}

/** Where the kernel says by which number it knows kinds of events. */
const EVENT_SOURCES = "/sys/bus/event_source/devices";

/** Which kind of event it is: the kernel gives these numbers when it starts. @throws The system's error where it has none. */
export function probeEvent(name: "kprobe" | "uprobe", isReturn: boolean): Pick<PerfEvent, "type" | "config"> {
  const type = Number(readFileSync(`${EVENT_SOURCES}/${name}/type`, "latin1"));
  if (!isReturn) return { type, config: 0n };
  const format = readFileSync(`${EVENT_SOURCES}/${name}/format/retprobe`, "latin1");
  return { type, config: 1n << BigInt(/config:(\d+)/.exec(format)?.[1] ?? 0) };
}

/**
 * The numbers of events of kernel functions, or of places in files, where functions are entered and where they return; `undefined`
 * where there are none.
 */
export function probeNumbers(
  name: "kprobe" | "uprobe",
): { readonly type: number; readonly configs: readonly bigint[] } | undefined {
  try {
    const [entry, exit] = [probeEvent(name, false), probeEvent(name, true)];
    return { type: entry.type, configs: [entry.config, exit.config] };
  } catch {
    return undefined;
  }
}

/** By which path the kernel finds what this process has open. */
export function descriptorPath(descriptor: number): string {
  return `/proc/self/fd/${descriptor}`;
}

let openEvent: (event: PerfEvent) => number = perfEventOpenHere;

/** From now on events are opened in another way: this process has given up the right to. */
export function openPerfEventsBy(open: (event: PerfEvent) => number): void {
  openEvent = open;
}

/**
 * Opens an event that does nothing until a program is attached.
 * @returns Its descriptor.
 * @throws SystemCallError
 */
export function perfEventOpen(event: PerfEvent): number {
  return openEvent(event);
}

/** {@link perfEventOpen} by this process itself. */
export function perfEventOpenHere({
  type,
  config,
  descriptor,
  offset,
  pid = -1,
  mappingsOfCpu,
  ...event
}: PerfEvent): number {
  const target = descriptor === undefined ? event.target : cString(descriptorPath(descriptor));
  const { size } = PERF_EVENT_ATTR;
  const [sample_period, flags] = mappingsOfCpu === undefined ? [1n, 0n] : [0n, MAPPING_FLAGS];
  const values = { type, size, config, sample_period, flags, config1: target, config2: offset };
  // An event of all processes has to name a processor. A program attached to it runs on each of them all the same.
  const cpu = mappingsOfCpu ?? (pid === -1 ? 0 : -1);
  return withStruct(PERF_EVENT_ATTR, values, (attr) => {
    const fd = Number(libc.syscall(SYS_PERF_EVENT_OPEN, attr, pid, cpu, -1, PERF_FLAG_FD_CLOEXEC));
    if (fd < 0) throw new SystemCallError("perf_event_open", lastErrno());
    return fd;
  });
}

/**
 * Attaches a program to an event, for as long as the event is open.
 * @throws SystemCallError
 */
export function perfEventSetProgram(fd: number, programFd: number): void {
  ioctl(fd, IOC_SET_BPF, programFd);
}

/**
 * Lets an event happen.
 * @throws SystemCallError
 */
export function perfEventEnable(fd: number): void {
  ioctl(fd, IOC_ENABLE);
}
