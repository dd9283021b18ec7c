/** @module What is known of a policy that is loaded, or was to be. */
import type { HookSection, PolicyMode } from "../policy.ts";

/** Policies of different domains do not know of each other: those of files, and those that clients brought. */
export const STATIC_DOMAIN = "static";
export const GRPC_DOMAIN = "grpc";
/** Of Kubernetes' objects. */
export const KUBERNETES_DOMAIN = "k8s";

/** Tetragon's names of sensors, as clients show them. */
export const SENSORS: Readonly<Record<HookSection, string>> = {
  kprobes: "generic_kprobe",
  fentries: "generic_fentry",
  tracepoints: "generic_tracepoint",
  lsmhooks: "generic_lsm",
  uprobes: "generic_uprobe",
  usdts: "generic_usdt",
  loader: "__loader__",
};

/** What tells policies apart. */
export interface PolicyKey {
  readonly domain: string;
  /** `""` for none. */
  readonly namespace: string;
  readonly name: string;
}

/** Tetragon's states (`TracingPolicyState`), without their prefix. */
export type PolicyState =
  | "enabled"
  | "disabled"
  /** It could not be loaded, and is kept for its error. */
  | "load_error"
  | "error"
  | "loading"
  | "unloading"
  | "skipped"
  /** Some of its hooks are left out: this kernel does not have them, and the policy can do without. */
  | "partially_enabled";

/** The mode that a policy is in. `monitor_only`: nothing in it enforces. */
export type StatusMode = PolicyMode | "monitor_only";

/** Whether a hook is in place. */
export interface HookStatus {
  readonly section: HookSection;
  /** In the section of the document. */
  readonly index: number;
  /** The function's or tracepoint's name. */
  readonly description: string;
  readonly state: "loaded" | "call_not_found" | "digest_rejected";
}

/** What is counted of a selector, under Tetragon's names for what was done (`TracingPolicyActionCounters`). */
export const ACTION_COUNTS = [
  "post",
  "signal",
  "monitor_signal",
  "override",
  "monitor_override",
  "notify_enforcer",
  "monitor_notify_enforcer",
  "nopost",
] as const;

/** By name; what was never done may be missing. */
export type ActionCounts = Readonly<Partial<Record<(typeof ACTION_COUNTS)[number], number>>>;

/** The values of a condition, of a policy that marks them. */
export interface MarkedValues {
  /** As the document calls it: `matchArgs`. */
  readonly filter: string;
  readonly operator: string;
  /** How many values there are. */
  readonly count: number;
  /** Those that have never matched, in words. */
  readonly unmatched: readonly string[];
}

/** What a selector has done. */
export interface SelectorStatus {
  /** `kprobe:NAME`, `tracepoint:SUBSYSTEM/EVENT`. */
  readonly hook: string;
  /** In the section of the document. */
  readonly hookIndex: number;
  /** In the hook; the one that a hook without selectors has is 0. */
  readonly index: number;
  readonly label: string;
  /** How often its place was come by, while this policy or another one asked there. */
  readonly asked: number;
  readonly counts: ActionCounts & {
    readonly held?: number;
    readonly lost?: number;
    readonly missed_notification?: number;
  };
  /** How often each condition was the first that did not hold, in the order in which they are asked. */
  readonly failed: readonly number[];
  /** Of each of its conditions whose values are marked. @default none */
  readonly marked?: readonly MarkedValues[];
}

/** How often the kernel did not run a program. */
export interface ProgramMisses {
  /** The function or tracepoint. */
  readonly attach: string;
  readonly count: number;
  /** Calls at which it left out the probe itself (6.7; earlier kernels do not say). */
  readonly linkCount: number;
  /** Calls whose record waited for the return, and made room for others. */
  readonly forgotten: number;
}

/** What a program has cost, while `kernel.bpf_stats_enabled` is 1. */
export interface ProgramOverhead {
  readonly attach: string;
  /** `kprobe`, `tracepoint` */
  readonly kind: string;
  readonly section: HookSection;
  readonly runs: number;
  readonly seconds: number;
}

/**
 * What became of a stack trace: each frame is in a known function, some are not, some are not since too many files were read at that
 * time, or there was none to take.
 */
export const STACK_RESULTS = ["whole", "partial", "held_back", "missing"] as const;
export type StackResult = (typeof STACK_RESULTS)[number];

/** How often. */
export type StackCounts = Readonly<Record<"kernel" | "user", Readonly<Record<StackResult, number>>>>;

/**
 * What became of a request that a policy's event has asked for: it was answered, it failed, there were too many or it was about the agent
 * itself, or requests are not enabled.
 */
export const REQUEST_RESULTS = ["answered", "failed", "dropped", "disabled"] as const;
export type RequestResult = (typeof REQUEST_RESULTS)[number];

/** How often. */
export type RequestCounts = Readonly<Record<"GetUrl" | "DnsLookup", Readonly<Record<RequestResult, number>>>>;

/** What the kernel holds of a policy that is loaded. */
export interface LoadedFacts {
  readonly hooks: readonly HookStatus[];
  readonly selectors: readonly SelectorStatus[];
  readonly misses: readonly ProgramMisses[];
  /** What policies have together, at the same place, is divided among them. */
  readonly overhead: readonly ProgramOverhead[];
  /** Programs and maps, bytes. What policies have together, at the same place, is divided among them. */
  readonly kernelMemory: number;
  /** Of events; `undefined` where none has asked for one. */
  readonly stacks?: StackCounts | undefined;
  /** `undefined` where no event has asked for one. */
  readonly requests?: RequestCounts | undefined;
}

/** A policy, as clients see it. */
export interface PolicyStatus extends PolicyKey, LoadedFacts {
  /** Counts from 2, as Tetragon's do; never used again. */
  readonly id: number;
  readonly state: PolicyState;
  /** Why it is not loaded, or not as it should be; `""` where nothing is wrong. */
  readonly error: string;
  readonly mode: StatusMode;
  /** The sections that it has hooks in. */
  readonly sections: readonly HookSection[];
}
