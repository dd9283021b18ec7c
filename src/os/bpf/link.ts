/** @module Commands of `bpf(2)` that attach programs. Closing the descriptor that they return, or the end of the process, detaches. */
import { cString, withStruct } from "../struct-layout.ts";
import {
  KPROBE_MULTI_ATTR,
  LINK_CREATE_ATTR,
  LINK_INFO,
  OBJECT_INFO_ATTR,
  PERF_LINK_ATTR,
  RAW_TRACEPOINT_ATTR,
  UPROBE_MULTI_ATTR,
} from "./attr.ts";
import { bpf } from "./call.ts";
import { BPF_ATTACH_TYPE, BPF_F_MULTI_RETURN, type BpfAttachType } from "./constants.ts";

/**
 * Attaches a program to what a descriptor stands for: a cgroup's directory (5.7).
 * @throws SystemCallError
 */
export function linkCreate(programFd: number, targetFd: number, attachType: BpfAttachType): number {
  return bpf("LINK_CREATE", LINK_CREATE_ATTR, {
    prog_fd: programFd,
    target_fd: targetFd,
    attach_type: attachType,
  });
}

/**
 * Attaches a program to a perf event (5.15).
 * @param cookie What `bpf_get_attach_cookie` gives the program there.
 * @throws SystemCallError
 */
export function perfLink(programFd: number, eventFd: number, cookie = 0): number {
  return bpf("LINK_CREATE", PERF_LINK_ATTR, {
    prog_fd: programFd,
    target_fd: eventFd,
    attach_type: BPF_ATTACH_TYPE.PERF_EVENT,
    "perf_event.bpf_cookie": BigInt(cookie),
  });
}

/**
 * Attaches a program to a raw tracepoint; also a program that was loaded with the BTF id of what it is for.
 * @param name The tracepoint's, or `undefined` for a program that was loaded with its BTF id.
 * @throws SystemCallError
 */
export function rawTracepointOpen(programFd: number, name?: string): number {
  return bpf("RAW_TRACEPOINT_OPEN", RAW_TRACEPOINT_ATTR, {
    name: name === undefined ? undefined : cString(name),
    prog_fd: programFd,
  });
}

/**
 * Attaches a program to kernel functions (5.18).
 * @param isReturn Whether it runs where they return.
 * @param cookies For each function, what `bpf_get_attach_cookie` gives the program there.
 * @throws SystemCallError `ESRCH` when one of them cannot be traced.
 */
export function kprobeMultiLink(
  programFd: number,
  { symbols, cookies }: { readonly symbols: readonly string[]; readonly cookies?: readonly number[] },
  isReturn: boolean,
): number {
  return bpf("LINK_CREATE", KPROBE_MULTI_ATTR, {
    prog_fd: programFd,
    attach_type: BPF_ATTACH_TYPE.TRACE_KPROBE_MULTI,
    "kprobe_multi.flags": isReturn ? BPF_F_MULTI_RETURN : 0,
    "kprobe_multi.cnt": symbols.length,
    "kprobe_multi.syms": symbols,
    "kprobe_multi.cookies": cookies && wideArray(cookies.map(BigInt)),
  });
}

/** An array of `u64`. */
function wideArray(numbers: readonly bigint[]): Uint8Array {
  return new Uint8Array(BigUint64Array.from(numbers).buffer);
}

/** What {@link uprobeMultiLink} takes. */
export interface UprobeMulti {
  /** Of the executable or library. */
  readonly path: string;
  /** In the file, of the instructions. */
  readonly offsets: readonly bigint[];
  /** For each of them, where in the file the counter is that is raised meanwhile; 0 for none. */
  readonly referenceCounters?: readonly bigint[] | undefined;
  /** For each of them, what `bpf_get_attach_cookie` gives the program there. */
  readonly cookies?: readonly number[] | undefined;
  /** 0 for all processes. */
  readonly pid: number;
  /** Whether the program runs where the functions there return. */
  readonly isReturn: boolean;
}

/**
 * Attaches a program to places in a file (6.6).
 * @throws SystemCallError
 */
export function uprobeMultiLink(
  programFd: number,
  { path, offsets, referenceCounters, cookies, pid, isReturn }: UprobeMulti,
): number {
  return bpf("LINK_CREATE", UPROBE_MULTI_ATTR, {
    prog_fd: programFd,
    attach_type: BPF_ATTACH_TYPE.TRACE_UPROBE_MULTI,
    "uprobe_multi.path": cString(path),
    "uprobe_multi.offsets": wideArray(offsets),
    "uprobe_multi.ref_ctr_offsets": referenceCounters && wideArray(referenceCounters),
    "uprobe_multi.cookies": cookies && wideArray(cookies.map(BigInt)),
    "uprobe_multi.cnt": offsets.length,
    "uprobe_multi.flags": isReturn ? BPF_F_MULTI_RETURN : 0,
    "uprobe_multi.pid": pid,
  });
}

/** `enum bpf_link_type`, `enum bpf_perf_event_type` */
const [LINK_PERF_EVENT, LINK_KPROBE_MULTI] = [7, 8];
const [EVENT_KPROBE, EVENT_KRETPROBE] = [3, 4];

/**
 * How often the kernel left out the kprobes of a link (6.7; earlier ones say 0).
 * @throws SystemCallError
 */
export function linkMisses(fd: number): number {
  return withStruct(LINK_INFO, {}, (info) => {
    bpf("OBJ_GET_INFO_BY_FD", OBJECT_INFO_ATTR, { bpf_fd: fd, info, info_len: info.length });
    const view = new DataView(info.buffer, info.byteOffset);
    const { fields } = LINK_INFO;
    const missed = (field: "kprobe_multi.missed" | "perf_event.kprobe.missed") =>
      Number(view.getBigUint64(fields[field][0], true));
    const type = view.getUint32(fields.type[0], true);
    if (type === LINK_KPROBE_MULTI) return missed("kprobe_multi.missed");
    const event = view.getUint32(fields["perf_event.type"][0], true);
    const isProbe = type === LINK_PERF_EVENT && (event === EVENT_KPROBE || event === EVENT_KRETPROBE);
    return isProbe ? missed("perf_event.kprobe.missed") : 0;
  });
}
