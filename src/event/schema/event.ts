/** @module The event types and the message that carries them (tetragon/events.proto, tetragon/tetragon.proto). */
import type * as v from "valibot";
import { KprobeArgument, StackTraceEntry } from "./argument.ts";
import * as Enum from "./enum.ts";
import { openEnum } from "./enum-schema.ts";
import { identity, message, repeated, stringMap } from "./message.ts";
import { Process } from "./process.ts";
import { bytes, string, timestamp, uint32, uint64 } from "./scalar.ts";

/** What was done on behalf of a tracing policy. */
const Action = openEnum(Enum.KprobeAction);

/** A program was executed. */
export const ProcessExec = message({
  process: Process,
  parent: Process,
  ancestors: repeated(Process),
});

/** A process ended. */
export const ProcessExit = message({
  process: Process,
  parent: Process,
  signal: string,
  status: uint32,
  time: timestamp,
  ancestors: repeated(Process),
});

/** A kernel function was called. */
export const ProcessKprobe = message({
  process: Process,
  parent: Process,
  function_name: identity,
  args: repeated(KprobeArgument),
  return: KprobeArgument,
  action: Action,
  kernel_stack_trace: repeated(StackTraceEntry),
  policy_name: identity,
  return_action: Action,
  message: string,
  tags: repeated(string),
  user_stack_trace: repeated(StackTraceEntry),
  ancestors: repeated(Process),
  data: repeated(KprobeArgument),
});

/** A kernel tracepoint was hit. */
export const ProcessTracepoint = message({
  process: Process,
  parent: Process,
  subsys: identity,
  event: identity,
  args: repeated(KprobeArgument),
  policy_name: identity,
  action: Action,
  message: string,
  tags: repeated(string),
  ancestors: repeated(Process),
});

/** A binary or library was loaded. */
export const ProcessLoader = message({
  process: Process,
  path: string,
  buildid: bytes,
  parent: Process,
  ancestors: repeated(Process),
});

/** A user space function was called. */
export const ProcessUprobe = message({
  process: Process,
  parent: Process,
  path: string,
  symbol: identity,
  policy_name: identity,
  message: string,
  args: repeated(KprobeArgument),
  tags: repeated(string),
  ancestors: repeated(Process),
  offset: uint64,
  ref_ctr_offset: uint64,
  action: Action,
  data: repeated(KprobeArgument),
});

/** A cgroup's events began or ceased to be throttled. */
export const ProcessThrottle = message({
  type: openEnum(Enum.ThrottleType),
  cgroup: string,
});

/** An LSM hook was called. */
export const ProcessLsm = message({
  process: Process,
  parent: Process,
  function_name: identity,
  policy_name: identity,
  message: string,
  args: repeated(KprobeArgument),
  action: Action,
  tags: repeated(string),
  ancestors: repeated(Process),
  ima_hash: string,
});

/** A user space tracepoint was hit. */
export const ProcessUsdt = message({
  process: Process,
  parent: Process,
  path: string,
  provider: string,
  name: string,
  policy_name: identity,
  message: string,
  args: repeated(KprobeArgument),
  tags: repeated(string),
  ancestors: repeated(Process),
  action: Action,
  flags: string,
});

/** Tetragon's test event. */
export const Test = message({
  arg0: uint64,
  arg1: uint64,
  arg2: uint64,
  arg3: uint64,
});

/** Events that the export rate limit dropped. */
export const RateLimitInfo = message({
  number_of_dropped_process_events: uint64,
});

/** How many events an aggregated event stands for. */
export const AggregationInfo = message({
  count: uint64,
});

/** One event, as Tetragon exports it: one of the event types, and where and when it happened. */
export const GetEventsResponse = message({
  process_exec: ProcessExec,
  process_exit: ProcessExit,
  process_kprobe: ProcessKprobe,
  process_tracepoint: ProcessTracepoint,
  process_loader: ProcessLoader,
  process_uprobe: ProcessUprobe,
  process_throttle: ProcessThrottle,
  process_lsm: ProcessLsm,
  process_usdt: ProcessUsdt,
  test: Test,
  rate_limit_info: RateLimitInfo,
  node_name: identity,
  time: timestamp,
  aggregation_info: AggregationInfo,
  cluster_name: identity,
  node_labels: stringMap,
});

/** An event. */
export type Event = v.InferOutput<typeof GetEventsResponse>;
