// Generated from proto/tetragon/events.proto by scripts/generate/description.ts: edit there, then run "npm run generate".
import { EnumDescriptor, MessageDescriptor, field, type EnumValue } from "../descriptor.ts";
import { CapabilitiesType, CapabilitiesTypeEnum } from "./capabilities.ts";
import { ProcessExec, ProcessExit, ProcessKprobe, ProcessLoader, ProcessLsm, ProcessTracepoint, ProcessUprobe, ProcessUsdt, Test } from "./tetragon.ts";

/** Event types by the number of their field in GetEventsResponse. */
export const EventType = {
  UNDEF: 0,
  PROCESS_EXEC: 1,
  PROCESS_EXIT: 5,
  PROCESS_KPROBE: 9,
  PROCESS_TRACEPOINT: 10,
  PROCESS_LOADER: 11,
  PROCESS_UPROBE: 12,
  PROCESS_THROTTLE: 27,
  PROCESS_LSM: 28,
  PROCESS_USDT: 29,
  TEST: 40000,
  RATE_LIMIT_INFO: 40001,
} as const;
export const EventTypeEnum = /* @__PURE__ */ new EnumDescriptor("tetragon.EventType", EventType);

/** What a field filter does with the fields that it names. */
export const FieldFilterAction = {
  INCLUDE: 0,
  EXCLUDE: 1,
} as const;
export const FieldFilterActionEnum = /* @__PURE__ */ new EnumDescriptor("tetragon.FieldFilterAction", FieldFilterAction);

/** Whether throttling began or ended. */
export const ThrottleType = {
  THROTTLE_UNKNOWN: 0,
  THROTTLE_START: 1,
  THROTTLE_STOP: 2,
} as const;
export const ThrottleTypeEnum = /* @__PURE__ */ new EnumDescriptor("tetragon.ThrottleType", ThrottleType);

/** Which events are meant: keys are ANDed, values of a key ORed. */
export type Filter = {
  binary_regex?: string[] | null | undefined;
  namespace?: string[] | null | undefined;
  health_check?: boolean | null | undefined;
  pid?: (number | string)[] | null | undefined;
  pid_set?: (number | string)[] | null | undefined;
  event_set?: (EnumValue<typeof EventType>)[] | null | undefined;
  pod_regex?: string[] | null | undefined;
  arguments_regex?: string[] | null | undefined;
  labels?: string[] | null | undefined;
  policy_names?: string[] | null | undefined;
  capabilities?: CapFilter | null | undefined;
  parent_binary_regex?: string[] | null | undefined;
  cel_expression?: string[] | null | undefined;
  parent_arguments_regex?: string[] | null | undefined;
  container_id?: string[] | null | undefined;
  in_init_tree?: boolean | null | undefined;
  ancestor_binary_regex?: string[] | null | undefined;
  container_name_regex?: string[] | null | undefined;
  namespace_regex?: string[] | null | undefined;
};
export const Filter = /* @__PURE__ */ new MessageDescriptor<Filter>("tetragon.Filter", () => [
  field("binary_regex", 1, "string", { repeated: true }),
  field("namespace", 2, "string", { repeated: true }),
  field("health_check", 3, "bool", { wrapped: true }),
  field("pid", 4, "uint32", { repeated: true }),
  field("pid_set", 5, "uint32", { repeated: true }),
  field("event_set", 6, EventTypeEnum, { repeated: true }),
  field("pod_regex", 7, "string", { repeated: true }),
  field("arguments_regex", 8, "string", { repeated: true }),
  field("labels", 9, "string", { repeated: true }),
  field("policy_names", 10, "string", { repeated: true }),
  field("capabilities", 11, CapFilter),
  field("parent_binary_regex", 12, "string", { repeated: true }),
  field("cel_expression", 13, "string", { repeated: true }),
  field("parent_arguments_regex", 14, "string", { repeated: true }),
  field("container_id", 15, "string", { repeated: true }),
  field("in_init_tree", 16, "bool", { wrapped: true }),
  field("ancestor_binary_regex", 17, "string", { repeated: true }),
  field("container_name_regex", 18, "string", { repeated: true }),
  field("namespace_regex", 19, "string", { repeated: true }),
]);

/** Capability sets to match. */
export type CapFilter = {
  permitted?: CapFilterSet | null | undefined;
  effective?: CapFilterSet | null | undefined;
  inheritable?: CapFilterSet | null | undefined;
};
export const CapFilter = /* @__PURE__ */ new MessageDescriptor<CapFilter>("tetragon.CapFilter", () => [
  field("permitted", 1, CapFilterSet),
  field("effective", 2, CapFilterSet),
  field("inheritable", 3, CapFilterSet),
]);

/** Capabilities to compare one capability set with. */
export type CapFilterSet = {
  any?: (EnumValue<typeof CapabilitiesType>)[] | null | undefined;
  all?: (EnumValue<typeof CapabilitiesType>)[] | null | undefined;
  exactly?: (EnumValue<typeof CapabilitiesType>)[] | null | undefined;
  none?: (EnumValue<typeof CapabilitiesType>)[] | null | undefined;
};
export const CapFilterSet = /* @__PURE__ */ new MessageDescriptor<CapFilterSet>("tetragon.CapFilterSet", () => [
  field("any", 1, CapabilitiesTypeEnum, { repeated: true }),
  field("all", 2, CapabilitiesTypeEnum, { repeated: true }),
  field("exactly", 3, CapabilitiesTypeEnum, { repeated: true }),
  field("none", 4, CapabilitiesTypeEnum, { repeated: true }),
]);

/** What is redacted, and of which binaries. */
export type RedactionFilter = {
  match?: Filter[] | null | undefined;
  redact?: string[] | null | undefined;
  binary_regex?: string[] | null | undefined;
};
export const RedactionFilter = /* @__PURE__ */ new MessageDescriptor<RedactionFilter>("tetragon.RedactionFilter", () => [
  field("match", 1, Filter, { repeated: true, deprecated: true }),
  field("redact", 2, "string", { repeated: true }),
  field("binary_regex", 3, "string", { repeated: true }),
]);

/** Which fields of which events stay or go. */
export type FieldFilter = {
  event_set?: (EnumValue<typeof EventType>)[] | null | undefined;
  fields?: string | null | undefined;
  action?: EnumValue<typeof FieldFilterAction> | null | undefined;
  invert_event_set?: boolean | null | undefined;
};
export const FieldFilter = /* @__PURE__ */ new MessageDescriptor<FieldFilter>("tetragon.FieldFilter", () => [
  field("event_set", 1, EventTypeEnum, { repeated: true }),
  field("fields", 2, "field_mask"),
  field("action", 3, FieldFilterActionEnum),
  field("invert_event_set", 4, "bool", { wrapped: true }),
]);

/** Which events a client asks for, and in which form. */
export type GetEventsRequest = {
  allow_list?: Filter[] | null | undefined;
  deny_list?: Filter[] | null | undefined;
  aggregation_options?: AggregationOptions | null | undefined;
  field_filters?: FieldFilter[] | null | undefined;
};
export const GetEventsRequest = /* @__PURE__ */ new MessageDescriptor<GetEventsRequest>("tetragon.GetEventsRequest", () => [
  field("allow_list", 1, Filter, { repeated: true }),
  field("deny_list", 2, Filter, { repeated: true }),
  field("aggregation_options", 3, AggregationOptions),
  field("field_filters", 4, FieldFilter, { repeated: true }),
]);

/** How events that are alike are counted instead of sent. */
export type AggregationOptions = {
  window_size?: string | null | undefined;
  channel_buffer_size?: number | string | null | undefined;
};
export const AggregationOptions = /* @__PURE__ */ new MessageDescriptor<AggregationOptions>("tetragon.AggregationOptions", () => [
  field("window_size", 1, "duration"),
  field("channel_buffer_size", 2, "uint64"),
]);

/** How many events an aggregated event stands for. */
export type AggregationInfo = {
  count?: number | string | null | undefined;
};
export const AggregationInfo = /* @__PURE__ */ new MessageDescriptor<AggregationInfo>("tetragon.AggregationInfo", () => [
  field("count", 1, "uint64"),
]);

/** Events that the export rate limit dropped. */
export type RateLimitInfo = {
  number_of_dropped_process_events?: number | string | null | undefined;
};
export const RateLimitInfo = /* @__PURE__ */ new MessageDescriptor<RateLimitInfo>("tetragon.RateLimitInfo", () => [
  field("number_of_dropped_process_events", 1, "uint64"),
]);

/** A cgroup's events began or ceased to be throttled. */
export type ProcessThrottle = {
  type?: EnumValue<typeof ThrottleType> | null | undefined;
  cgroup?: string | null | undefined;
};
export const ProcessThrottle = /* @__PURE__ */ new MessageDescriptor<ProcessThrottle>("tetragon.ProcessThrottle", () => [
  field("type", 1, ThrottleTypeEnum),
  field("cgroup", 2, "string"),
]);

/** One event: one of the event types, and where and when it happened. */
export type GetEventsResponse = {
  process_exec?: ProcessExec | null | undefined;
  process_exit?: ProcessExit | null | undefined;
  process_kprobe?: ProcessKprobe | null | undefined;
  process_tracepoint?: ProcessTracepoint | null | undefined;
  process_loader?: ProcessLoader | null | undefined;
  process_uprobe?: ProcessUprobe | null | undefined;
  process_throttle?: ProcessThrottle | null | undefined;
  process_lsm?: ProcessLsm | null | undefined;
  process_usdt?: ProcessUsdt | null | undefined;
  test?: Test | null | undefined;
  rate_limit_info?: RateLimitInfo | null | undefined;
  node_name?: string | null | undefined;
  time?: string | null | undefined;
  aggregation_info?: AggregationInfo | null | undefined;
  cluster_name?: string | null | undefined;
  node_labels?: Record<string, string> | null | undefined;
};
export const GetEventsResponse = /* @__PURE__ */ new MessageDescriptor<GetEventsResponse>("tetragon.GetEventsResponse", () => [
  field("process_exec", 1, ProcessExec, { oneof: "event" }),
  field("process_exit", 5, ProcessExit, { oneof: "event" }),
  field("process_kprobe", 9, ProcessKprobe, { oneof: "event" }),
  field("process_tracepoint", 10, ProcessTracepoint, { oneof: "event" }),
  field("process_loader", 11, ProcessLoader, { oneof: "event" }),
  field("process_uprobe", 12, ProcessUprobe, { oneof: "event" }),
  field("process_throttle", 27, ProcessThrottle, { oneof: "event" }),
  field("process_lsm", 28, ProcessLsm, { oneof: "event" }),
  field("process_usdt", 29, ProcessUsdt, { oneof: "event" }),
  field("test", 40000, Test, { oneof: "event" }),
  field("rate_limit_info", 40001, RateLimitInfo, { oneof: "event" }),
  field("node_name", 1000, "string"),
  field("time", 1001, "timestamp"),
  field("aggregation_info", 1002, AggregationInfo),
  field("cluster_name", 1003, "string"),
  field("node_labels", 1004, "string", { map: "string" }),
]);
