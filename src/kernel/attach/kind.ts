/**
 * @module The kinds of programs: what the kernel is to know of each, and how it is attached. A kind is one line of data.
 *
 * The names are those that libbpf has for sections of object files.
 */
import { BPF_ATTACH_TYPE, BPF_PROG_TYPE, type BpfAttachType, type BpfProgType } from "../../os/bpf/index.ts";
import type { FeatureName } from "../feature/name.ts";

/** A file whose instructions programs are attached to; of one process only where there is a `pid`. */
interface UprobedFile {
  readonly path: string;
  /** The file, where it is open: the path is then only what it is called. */
  readonly descriptor?: number;
  readonly pid?: number;
}

/** What a program can be attached to, by the way in which that is done. */
export interface AttachTargets {
  /** By the BTF id that it was loaded with. */
  readonly btf: undefined;
  /** A tracepoint's name: `sched_process_exec`. */
  readonly raw_tracepoint: string;
  /** Tracefs is where the kernel's number for it is. */
  readonly tracepoint: { readonly category: string; readonly name: string };
  /** A kernel function, and bytes into it. `cookie`: what the program is told there; it takes links of perf events (5.15). */
  readonly kprobe: { readonly symbol: string; readonly offset?: bigint; readonly cookie?: number };
  /** `cookies`: for each function, what the program is told there. */
  readonly kprobe_multi: { readonly symbols: readonly string[]; readonly cookies?: readonly number[] };
  readonly uprobe: UprobedFile & {
    readonly offset: bigint;
    /** Where in the file the counter is that is raised meanwhile; 0 for none. */
    readonly referenceCounter?: bigint;
    /** What the program is told there; it takes links of perf events (5.15). */
    readonly cookie?: number | undefined;
  };
  /** For each offset the same. */
  readonly uprobe_multi: UprobedFile & {
    readonly offsets: readonly bigint[];
    readonly referenceCounters?: readonly bigint[];
    readonly cookies?: readonly number[];
  };
  /** The directory of a cgroup, in the v2 hierarchy; it is attached to those below, too. */
  readonly cgroup: { readonly directory: string };
  /** A socket of this process, which stays open as long as the link. */
  readonly socket: { readonly fd: number };
}

/** A line of {@link PROGRAM_KINDS}. */
export interface KindDescription {
  readonly type: BpfProgType;
  /** What it is loaded with. Where there is none, the type has one way to be attached only. */
  readonly expectedAttachType?: BpfAttachType;
  readonly attach: keyof AttachTargets;
  /** Whether it may wait for memory of the process. */
  readonly isSleepable?: boolean;
  /** Of probes: whether it runs where the function returns. */
  readonly isReturn?: boolean;
  /** The first kernel that has it. */
  readonly since: readonly [major: number, minor: number];
  /** What the kernel must have, beyond being of that version: an option of its build or its start. */
  readonly needs?: FeatureName;
}

/** All kinds. */
export const PROGRAM_KINDS = {
  tp_btf: {
    type: BPF_PROG_TYPE.TRACING,
    expectedAttachType: BPF_ATTACH_TYPE.TRACE_RAW_TP,
    attach: "btf",
    since: [5, 5],
  },
  raw_tp: { type: BPF_PROG_TYPE.RAW_TRACEPOINT, attach: "raw_tracepoint", since: [4, 17] },
  tp: { type: BPF_PROG_TYPE.TRACEPOINT, attach: "tracepoint", since: [4, 7], needs: "tracefs" },
  kprobe: { type: BPF_PROG_TYPE.KPROBE, attach: "kprobe", since: [4, 17], needs: "kprobe" },
  kretprobe: {
    type: BPF_PROG_TYPE.KPROBE,
    attach: "kprobe",
    isReturn: true,
    since: [4, 17],
    needs: "kprobe",
  },
  "kprobe.multi": {
    type: BPF_PROG_TYPE.KPROBE,
    expectedAttachType: BPF_ATTACH_TYPE.TRACE_KPROBE_MULTI,
    attach: "kprobe_multi",
    since: [5, 18],
    needs: "kprobe.multi",
  },
  "kretprobe.multi": {
    type: BPF_PROG_TYPE.KPROBE,
    expectedAttachType: BPF_ATTACH_TYPE.TRACE_KPROBE_MULTI,
    attach: "kprobe_multi",
    isReturn: true,
    since: [5, 18],
    needs: "kprobe.multi",
  },
  fentry: {
    type: BPF_PROG_TYPE.TRACING,
    expectedAttachType: BPF_ATTACH_TYPE.TRACE_FENTRY,
    attach: "btf",
    since: [5, 5],
    needs: "fentry",
  },
  fexit: {
    type: BPF_PROG_TYPE.TRACING,
    expectedAttachType: BPF_ATTACH_TYPE.TRACE_FEXIT,
    attach: "btf",
    since: [5, 5],
    needs: "fentry",
  },
  fmod_ret: {
    type: BPF_PROG_TYPE.TRACING,
    expectedAttachType: BPF_ATTACH_TYPE.MODIFY_RETURN,
    attach: "btf",
    since: [5, 7],
    needs: "fentry",
  },
  lsm: {
    type: BPF_PROG_TYPE.LSM,
    expectedAttachType: BPF_ATTACH_TYPE.LSM_MAC,
    attach: "btf",
    since: [5, 7],
    needs: "lsm",
  },
  "lsm.s": {
    type: BPF_PROG_TYPE.LSM,
    expectedAttachType: BPF_ATTACH_TYPE.LSM_MAC,
    attach: "btf",
    isSleepable: true,
    since: [5, 11],
    needs: "lsm",
  },
  uprobe: { type: BPF_PROG_TYPE.KPROBE, attach: "uprobe", since: [4, 17], needs: "uprobe" },
  uretprobe: {
    type: BPF_PROG_TYPE.KPROBE,
    attach: "uprobe",
    isReturn: true,
    since: [4, 17],
    needs: "uprobe",
  },
  "uprobe.multi": {
    type: BPF_PROG_TYPE.KPROBE,
    expectedAttachType: BPF_ATTACH_TYPE.TRACE_UPROBE_MULTI,
    attach: "uprobe_multi",
    since: [6, 6],
    needs: "uprobe.multi",
  },
  "uretprobe.multi": {
    type: BPF_PROG_TYPE.KPROBE,
    expectedAttachType: BPF_ATTACH_TYPE.TRACE_UPROBE_MULTI,
    attach: "uprobe_multi",
    isReturn: true,
    since: [6, 6],
    needs: "uprobe.multi",
  },
  "uprobe.s": {
    type: BPF_PROG_TYPE.KPROBE,
    attach: "uprobe",
    isSleepable: true,
    since: [6, 0],
    needs: "sleepable uprobe",
  },
  "uprobe.multi.s": {
    type: BPF_PROG_TYPE.KPROBE,
    expectedAttachType: BPF_ATTACH_TYPE.TRACE_UPROBE_MULTI,
    attach: "uprobe_multi",
    isSleepable: true,
    since: [6, 6],
    needs: "uprobe.multi",
  },
  "cgroup/dev": {
    type: BPF_PROG_TYPE.CGROUP_DEVICE,
    expectedAttachType: BPF_ATTACH_TYPE.CGROUP_DEVICE,
    attach: "cgroup",
    since: [5, 7],
  },
  "cgroup_skb/ingress": {
    type: BPF_PROG_TYPE.CGROUP_SKB,
    expectedAttachType: BPF_ATTACH_TYPE.CGROUP_INET_INGRESS,
    attach: "cgroup",
    since: [5, 7],
  },
  "cgroup_skb/egress": {
    type: BPF_PROG_TYPE.CGROUP_SKB,
    expectedAttachType: BPF_ATTACH_TYPE.CGROUP_INET_EGRESS,
    attach: "cgroup",
    since: [5, 7],
  },
  "cgroup/sock_create": {
    type: BPF_PROG_TYPE.CGROUP_SOCK,
    expectedAttachType: BPF_ATTACH_TYPE.CGROUP_INET_SOCK_CREATE,
    attach: "cgroup",
    since: [5, 7],
  },
  "cgroup/connect4": {
    type: BPF_PROG_TYPE.CGROUP_SOCK_ADDR,
    expectedAttachType: BPF_ATTACH_TYPE.CGROUP_INET4_CONNECT,
    attach: "cgroup",
    since: [5, 7],
  },
  "cgroup/connect6": {
    type: BPF_PROG_TYPE.CGROUP_SOCK_ADDR,
    expectedAttachType: BPF_ATTACH_TYPE.CGROUP_INET6_CONNECT,
    attach: "cgroup",
    since: [5, 7],
  },
  socket: { type: BPF_PROG_TYPE.SOCKET_FILTER, attach: "socket", since: [3, 19] },
} as const satisfies Readonly<Record<string, KindDescription>>;

/** A kind's name. */
export type ProgramKind = keyof typeof PROGRAM_KINDS;

/** What a program of that kind is attached to. */
export type AttachTarget<K extends ProgramKind> = AttachTargets[(typeof PROGRAM_KINDS)[K]["attach"]];

/** Kinds that are attached to what the caller says. */
export type TargetedKind = Exclude<ProgramKind, BtfProgramKind>;

/** Kinds that are loaded for one function or tracepoint. */
export type BtfProgramKind = {
  [K in ProgramKind]: (typeof PROGRAM_KINDS)[K]["attach"] extends "btf" ? K : never;
}[ProgramKind];
