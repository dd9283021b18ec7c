/**
 * @module Options that other releases of Tetragon have, or its documentation names. They are passed over with a warning, so
 * that the arguments of a DaemonSet that was written for one of them work.
 */
import type { FormerFlags } from "../../config/flags.ts";

export const FORMER_FLAGS: FormerFlags = new Map([
  ["cilium-bpf", "value"],
  ["config-file", "value"],
  ["enable-cilium-api", "boolean"],
  ["enable-process-ancestors", "boolean"],
  ["enable-process-kprobe-ancestors", "boolean"],
  ["enable-process-lsm-ancestors", "boolean"],
  ["enable-process-tracepoint-ancestors", "boolean"],
  ["enable-process-uprobe-ancestors", "boolean"],
  ["ignore-missing-progs", "boolean"],
  ["kmods", "value"],
  ["log-opts", "value"],
  ["observer-verbosity", "value"],
  ["pprof-addr", "value"],
  ["redact_str", "value"],
  ["run-standalone", "boolean"],
  ["tcp-stats-sample-segs", "value"],
]);
