/** @module What may be asked of the kernel, by name. */

/** Something that some kernels have, by their version, their build, or how they were started. */
export type FeatureName =
  | "ring buffer"
  | "tracefs"
  | "kprobe"
  | "kprobe.multi"
  | "fentry"
  | "lsm"
  | "ima"
  | "uprobe"
  | "uprobe.multi"
  | "sleepable uprobe"
  | "uprobe registers"
  | "perf link"
  | "bounded loop"
  | "atomic exchange"
  | "bpf_loop"
  | "function types"
  | "module types";
