// Generated from proto/tetragon/sensors.proto by scripts/generate/description.ts: edit there, then run "npm run generate".
import { EnumDescriptor, MessageDescriptor, field, type EnumValue, type ServiceDescriptor } from "../descriptor.ts";
import { GetEventsRequest, GetEventsResponse } from "./events.ts";
import { GetHealthStatusRequest, GetHealthStatusResponse, Process, RuntimeHookRequest, RuntimeHookResponse } from "./tetragon.ts";

/** Whether a tracing policy works. */
export const TracingPolicyState = {
  TP_STATE_UNKNOWN: 0,
  TP_STATE_ENABLED: 1,
  TP_STATE_DISABLED: 2,
  TP_STATE_LOAD_ERROR: 3,
  TP_STATE_ERROR: 4,
  TP_STATE_LOADING: 5,
  TP_STATE_UNLOADING: 6,
  TP_STATE_SKIPPED: 7,
  TP_STATE_PARTIALLY_ENABLED: 8,
} as const;
export const TracingPolicyStateEnum = /* @__PURE__ */ new EnumDescriptor("tetragon.TracingPolicyState", TracingPolicyState);

/** Whether a tracing policy enforces or only reports. */
export const TracingPolicyMode = {
  TP_MODE_UNKNOWN: 0,
  TP_MODE_ENFORCE: 1,
  TP_MODE_MONITOR: 2,
  TP_MODE_MONITOR_ONLY: 3,
} as const;
export const TracingPolicyModeEnum = /* @__PURE__ */ new EnumDescriptor("tetragon.TracingPolicyMode", TracingPolicyMode);

/** Whether a hook is in place. */
export const HookState = {
  STATUS_UNSPECIFIED: 0,
  STATUS_LOADED: 1,
  STATUS_DIGEST_REJECTED: 2,
  STATUS_CALL_NOT_FOUND: 3,
  STATUS_PARTIAL_CALL_NOT_FOUND: 4,
} as const;
export const HookStateEnum = /* @__PURE__ */ new EnumDescriptor("tetragon.HookState", HookState);

/** What debugging is about. */
export const ConfigFlag = {
  CONFIG_FLAG_LOG_LEVEL: 0,
  CONFIG_FLAG_DUMP_PROCESS_CACHE: 1,
} as const;
export const ConfigFlagEnum = /* @__PURE__ */ new EnumDescriptor("tetragon.ConfigFlag", ConfigFlag);

/** Levels of the log. */
export const LogLevel = {
  LOG_LEVEL_PANIC: 0,
  LOG_LEVEL_FATAL: 1,
  LOG_LEVEL_ERROR: 2,
  LOG_LEVEL_WARN: 3,
  LOG_LEVEL_INFO: 4,
  LOG_LEVEL_DEBUG: 5,
  LOG_LEVEL_TRACE: 6,
} as const;
export const LogLevelEnum = /* @__PURE__ */ new EnumDescriptor("tetragon.LogLevel", LogLevel);

/** Asks for all sensors. */
export type ListSensorsRequest = object;
export const ListSensorsRequest = /* @__PURE__ */ new MessageDescriptor<ListSensorsRequest>("tetragon.ListSensorsRequest", () => []);

/** A sensor and whether it is enabled. */
export type SensorStatus = {
  name?: string | null | undefined;
  enabled?: boolean | null | undefined;
  collection?: string | null | undefined;
};
export const SensorStatus = /* @__PURE__ */ new MessageDescriptor<SensorStatus>("tetragon.SensorStatus", () => [
  field("name", 1, "string"),
  field("enabled", 2, "bool"),
  field("collection", 3, "string"),
]);

/** The sensors. */
export type ListSensorsResponse = {
  sensors?: SensorStatus[] | null | undefined;
};
export const ListSensorsResponse = /* @__PURE__ */ new MessageDescriptor<ListSensorsResponse>("tetragon.ListSensorsResponse", () => [
  field("sensors", 1, SensorStatus, { repeated: true }),
]);

/** Asks for all tracing policies. */
export type ListTracingPoliciesRequest = {
  domain?: string | null | undefined;
};
export const ListTracingPoliciesRequest = /* @__PURE__ */ new MessageDescriptor<ListTracingPoliciesRequest>("tetragon.ListTracingPoliciesRequest", () => [
  field("domain", 1, "string"),
]);

/** How often each action was taken. */
export type TracingPolicyActionCounters = {
  post?: number | string | null | undefined;
  signal?: number | string | null | undefined;
  monitor_signal?: number | string | null | undefined;
  override?: number | string | null | undefined;
  monitor_override?: number | string | null | undefined;
  notify_enforcer?: number | string | null | undefined;
  monitor_notify_enforcer?: number | string | null | undefined;
  set?: number | string | null | undefined;
  monitor_set?: number | string | null | undefined;
  nopost?: number | string | null | undefined;
};
export const TracingPolicyActionCounters = /* @__PURE__ */ new MessageDescriptor<TracingPolicyActionCounters>("tetragon.TracingPolicyActionCounters", () => [
  field("post", 1, "uint64"),
  field("signal", 2, "uint64"),
  field("monitor_signal", 3, "uint64"),
  field("override", 4, "uint64"),
  field("monitor_override", 5, "uint64"),
  field("notify_enforcer", 6, "uint64"),
  field("monitor_notify_enforcer", 7, "uint64"),
  field("set", 8, "uint64"),
  field("monitor_set", 9, "uint64"),
  field("nopost", 10, "uint64"),
]);

/** How often one selector took each action. */
export type TracingPolicySelectorActionCounters = {
  hook?: string | null | undefined;
  hook_index?: number | string | null | undefined;
  selector_index?: number | string | null | undefined;
  action_counters?: TracingPolicyActionCounters | null | undefined;
  selector_label?: string | null | undefined;
};
export const TracingPolicySelectorActionCounters = /* @__PURE__ */ new MessageDescriptor<TracingPolicySelectorActionCounters>("tetragon.TracingPolicySelectorActionCounters", () => [
  field("hook", 1, "string"),
  field("hook_index", 2, "uint32", { wrapped: true }),
  field("selector_index", 3, "uint32", { wrapped: true }),
  field("action_counters", 4, TracingPolicyActionCounters),
  field("selector_label", 5, "string"),
]);

/** Which values of a filter have never matched, of a policy with the option mark-values. Tetragon does not have this. */
export type TracingPolicyMarkedValues = {
  hook?: string | null | undefined;
  hook_index?: number | string | null | undefined;
  selector_index?: number | string | null | undefined;
  selector_label?: string | null | undefined;
  filter?: string | null | undefined;
  operator?: string | null | undefined;
  value_count?: number | string | null | undefined;
  unmatched_count?: number | string | null | undefined;
  unmatched?: string[] | null | undefined;
};
export const TracingPolicyMarkedValues = /* @__PURE__ */ new MessageDescriptor<TracingPolicyMarkedValues>("tetragon.TracingPolicyMarkedValues", () => [
  field("hook", 1, "string"),
  field("hook_index", 2, "uint32", { wrapped: true }),
  field("selector_index", 3, "uint32", { wrapped: true }),
  field("selector_label", 4, "string"),
  field("filter", 5, "string"),
  field("operator", 6, "string"),
  field("value_count", 7, "uint32"),
  field("unmatched_count", 8, "uint32"),
  field("unmatched", 9, "string", { repeated: true }),
]);

/** What a tracing policy did. */
export type TracingPolicyStats = {
  action_counters?: TracingPolicyActionCounters | null | undefined;
  selector_action_counters?: TracingPolicySelectorActionCounters[] | null | undefined;
  marked_values?: TracingPolicyMarkedValues[] | null | undefined;
};
export const TracingPolicyStats = /* @__PURE__ */ new MessageDescriptor<TracingPolicyStats>("tetragon.TracingPolicyStats", () => [
  field("action_counters", 1, TracingPolicyActionCounters),
  field("selector_action_counters", 2, TracingPolicySelectorActionCounters, { repeated: true }),
  field("marked_values", 1000, TracingPolicyMarkedValues, { repeated: true }),
]);

/** One hook of a tracing policy. */
export type HookStatus = {
  section?: string | null | undefined;
  state?: EnumValue<typeof HookState> | null | undefined;
  hook_description?: string | null | undefined;
  hook_idx?: number | string | null | undefined;
};
export const HookStatus = /* @__PURE__ */ new MessageDescriptor<HookStatus>("tetragon.HookStatus", () => [
  field("section", 1, "string"),
  field("state", 2, HookStateEnum),
  field("hook_description", 3, "string"),
  field("hook_idx", 4, "uint32"),
]);

/** A tracing policy and how it is. */
export type TracingPolicyStatus = {
  id?: number | string | null | undefined;
  name?: string | null | undefined;
  namespace?: string | null | undefined;
  info?: string | null | undefined;
  sensors?: string[] | null | undefined;
  enabled?: boolean | null | undefined;
  filter_id?: number | string | null | undefined;
  error?: string | null | undefined;
  state?: EnumValue<typeof TracingPolicyState> | null | undefined;
  kernel_memory_bytes?: number | string | null | undefined;
  mode?: EnumValue<typeof TracingPolicyMode> | null | undefined;
  stats?: TracingPolicyStats | null | undefined;
  domain?: string | null | undefined;
  hook_statuses?: HookStatus[] | null | undefined;
};
export const TracingPolicyStatus = /* @__PURE__ */ new MessageDescriptor<TracingPolicyStatus>("tetragon.TracingPolicyStatus", () => [
  field("id", 1, "uint64"),
  field("name", 2, "string"),
  field("namespace", 3, "string"),
  field("info", 4, "string"),
  field("sensors", 5, "string", { repeated: true }),
  field("enabled", 6, "bool", { deprecated: true }),
  field("filter_id", 7, "uint64"),
  field("error", 8, "string"),
  field("state", 9, TracingPolicyStateEnum),
  field("kernel_memory_bytes", 10, "uint64"),
  field("mode", 11, TracingPolicyModeEnum),
  field("stats", 12, TracingPolicyStats),
  field("domain", 13, "string"),
  field("hook_statuses", 14, HookStatus, { repeated: true }),
]);

/** The tracing policies. */
export type ListTracingPoliciesResponse = {
  policies?: TracingPolicyStatus[] | null | undefined;
};
export const ListTracingPoliciesResponse = /* @__PURE__ */ new MessageDescriptor<ListTracingPoliciesResponse>("tetragon.ListTracingPoliciesResponse", () => [
  field("policies", 1, TracingPolicyStatus, { repeated: true }),
]);

/** Adds a tracing policy. */
export type AddTracingPolicyRequest = {
  yaml?: string | null | undefined;
  domain?: string | null | undefined;
};
export const AddTracingPolicyRequest = /* @__PURE__ */ new MessageDescriptor<AddTracingPolicyRequest>("tetragon.AddTracingPolicyRequest", () => [
  field("yaml", 1, "string"),
  field("domain", 2, "string"),
]);

/** The tracing policy was added. */
export type AddTracingPolicyResponse = object;
export const AddTracingPolicyResponse = /* @__PURE__ */ new MessageDescriptor<AddTracingPolicyResponse>("tetragon.AddTracingPolicyResponse", () => []);

/** Deletes a tracing policy. */
export type DeleteTracingPolicyRequest = {
  name?: string | null | undefined;
  namespace?: string | null | undefined;
  domain?: string | null | undefined;
};
export const DeleteTracingPolicyRequest = /* @__PURE__ */ new MessageDescriptor<DeleteTracingPolicyRequest>("tetragon.DeleteTracingPolicyRequest", () => [
  field("name", 1, "string"),
  field("namespace", 2, "string"),
  field("domain", 3, "string"),
]);

/** The tracing policy was deleted. */
export type DeleteTracingPolicyResponse = object;
export const DeleteTracingPolicyResponse = /* @__PURE__ */ new MessageDescriptor<DeleteTracingPolicyResponse>("tetragon.DeleteTracingPolicyResponse", () => []);

/** Enables a tracing policy. */
export type EnableTracingPolicyRequest = {
  name?: string | null | undefined;
  namespace?: string | null | undefined;
  domain?: string | null | undefined;
};
export const EnableTracingPolicyRequest = /* @__PURE__ */ new MessageDescriptor<EnableTracingPolicyRequest>("tetragon.EnableTracingPolicyRequest", () => [
  field("name", 1, "string"),
  field("namespace", 2, "string"),
  field("domain", 3, "string"),
]);

/** The tracing policy was enabled. */
export type EnableTracingPolicyResponse = object;
export const EnableTracingPolicyResponse = /* @__PURE__ */ new MessageDescriptor<EnableTracingPolicyResponse>("tetragon.EnableTracingPolicyResponse", () => []);

/** Disables a tracing policy. */
export type DisableTracingPolicyRequest = {
  name?: string | null | undefined;
  namespace?: string | null | undefined;
  domain?: string | null | undefined;
};
export const DisableTracingPolicyRequest = /* @__PURE__ */ new MessageDescriptor<DisableTracingPolicyRequest>("tetragon.DisableTracingPolicyRequest", () => [
  field("name", 1, "string"),
  field("namespace", 2, "string"),
  field("domain", 3, "string"),
]);

/** The tracing policy was disabled. */
export type DisableTracingPolicyResponse = object;
export const DisableTracingPolicyResponse = /* @__PURE__ */ new MessageDescriptor<DisableTracingPolicyResponse>("tetragon.DisableTracingPolicyResponse", () => []);

/** Configures a tracing policy. */
export type ConfigureTracingPolicyRequest = {
  name?: string | null | undefined;
  namespace?: string | null | undefined;
  enable?: boolean | null | undefined;
  mode?: EnumValue<typeof TracingPolicyMode> | null | undefined;
  domain?: string | null | undefined;
};
export const ConfigureTracingPolicyRequest = /* @__PURE__ */ new MessageDescriptor<ConfigureTracingPolicyRequest>("tetragon.ConfigureTracingPolicyRequest", () => [
  field("name", 1, "string"),
  field("namespace", 2, "string"),
  field("enable", 3, "bool"),
  field("mode", 4, TracingPolicyModeEnum),
  field("domain", 5, "string"),
]);

/** The tracing policy was configured. */
export type ConfigureTracingPolicyResponse = object;
export const ConfigureTracingPolicyResponse = /* @__PURE__ */ new MessageDescriptor<ConfigureTracingPolicyResponse>("tetragon.ConfigureTracingPolicyResponse", () => []);

/** Removes a sensor. */
export type RemoveSensorRequest = {
  name?: string | null | undefined;
};
export const RemoveSensorRequest = /* @__PURE__ */ new MessageDescriptor<RemoveSensorRequest>("tetragon.RemoveSensorRequest", () => [
  field("name", 1, "string"),
]);

/** The sensor was removed. */
export type RemoveSensorResponse = object;
export const RemoveSensorResponse = /* @__PURE__ */ new MessageDescriptor<RemoveSensorResponse>("tetragon.RemoveSensorResponse", () => []);

/** Enables a sensor. */
export type EnableSensorRequest = {
  name?: string | null | undefined;
};
export const EnableSensorRequest = /* @__PURE__ */ new MessageDescriptor<EnableSensorRequest>("tetragon.EnableSensorRequest", () => [
  field("name", 1, "string"),
]);

/** The sensor was enabled. */
export type EnableSensorResponse = object;
export const EnableSensorResponse = /* @__PURE__ */ new MessageDescriptor<EnableSensorResponse>("tetragon.EnableSensorResponse", () => []);

/** Disables a sensor. */
export type DisableSensorRequest = {
  name?: string | null | undefined;
};
export const DisableSensorRequest = /* @__PURE__ */ new MessageDescriptor<DisableSensorRequest>("tetragon.DisableSensorRequest", () => [
  field("name", 1, "string"),
]);

/** The sensor was disabled. */
export type DisableSensorResponse = object;
export const DisableSensorResponse = /* @__PURE__ */ new MessageDescriptor<DisableSensorResponse>("tetragon.DisableSensorResponse", () => []);

/** Asks for all domains. */
export type ListDomainsRequest = object;
export const ListDomainsRequest = /* @__PURE__ */ new MessageDescriptor<ListDomainsRequest>("tetragon.ListDomainsRequest", () => []);

/** The domains. */
export type ListDomainsResponse = {
  domains?: string[] | null | undefined;
};
export const ListDomainsResponse = /* @__PURE__ */ new MessageDescriptor<ListDomainsResponse>("tetragon.ListDomainsResponse", () => [
  field("domains", 1, "string", { repeated: true }),
]);

/** Asks for the version. */
export type GetVersionRequest = object;
export const GetVersionRequest = /* @__PURE__ */ new MessageDescriptor<GetVersionRequest>("tetragon.GetVersionRequest", () => []);

/** The version. */
export type GetVersionResponse = {
  version?: string | null | undefined;
};
export const GetVersionResponse = /* @__PURE__ */ new MessageDescriptor<GetVersionResponse>("tetragon.GetVersionResponse", () => [
  field("version", 1, "string"),
]);

/** Asks for the info. */
export type GetInfoRequest = object;
export const GetInfoRequest = /* @__PURE__ */ new MessageDescriptor<GetInfoRequest>("tetragon.GetInfoRequest", () => []);

/** A feature of the kernel. */
export type GetInfoResponse_Probe = {
  Name?: string | null | undefined;
  Enabled?: boolean | null | undefined;
};
export const GetInfoResponse_Probe = /* @__PURE__ */ new MessageDescriptor<GetInfoResponse_Probe>("tetragon.GetInfoResponse.Probe", () => [
  field("Name", 1, "string"),
  field("Enabled", 2, "bool", { wrapped: true }),
]);

/** An option and its value. */
export type GetInfoResponse_ConfVal = {
  key?: string | null | undefined;
  value?: { [key: string]: unknown } | null | undefined;
};
export const GetInfoResponse_ConfVal = /* @__PURE__ */ new MessageDescriptor<GetInfoResponse_ConfVal>("tetragon.GetInfoResponse.ConfVal", () => [
  field("key", 1, "string"),
  field("value", 2, "any"),
]);

/** How the agent was built. */
export type GetInfoResponse_BuildInfo = {
  go_version?: string | null | undefined;
  commit?: string | null | undefined;
  time?: string | null | undefined;
  modified?: string | null | undefined;
};
export const GetInfoResponse_BuildInfo = /* @__PURE__ */ new MessageDescriptor<GetInfoResponse_BuildInfo>("tetragon.GetInfoResponse.BuildInfo", () => [
  field("go_version", 1, "string"),
  field("commit", 2, "string"),
  field("time", 3, "string"),
  field("modified", 4, "string"),
]);

/** Which agent answers. */
export type GetInfoResponse = {
  version?: string | null | undefined;
  name?: string | null | undefined;
  probes?: GetInfoResponse_Probe[] | null | undefined;
  conf?: GetInfoResponse_ConfVal[] | null | undefined;
  build?: GetInfoResponse_BuildInfo | null | undefined;
};
export const GetInfoResponse = /* @__PURE__ */ new MessageDescriptor<GetInfoResponse>("tetragon.GetInfoResponse", () => [
  field("version", 1, "string"),
  field("name", 2, "string"),
  field("probes", 3, GetInfoResponse_Probe, { repeated: true }),
  field("conf", 4, GetInfoResponse_ConfVal, { repeated: true }),
  field("build", 5, GetInfoResponse_BuildInfo),
]);

/** Which processes of the cache are meant. */
export type DumpProcessCacheReqArgs = {
  skip_zero_refcnt?: boolean | null | undefined;
  exclude_execve_map_processes?: boolean | null | undefined;
};
export const DumpProcessCacheReqArgs = /* @__PURE__ */ new MessageDescriptor<DumpProcessCacheReqArgs>("tetragon.DumpProcessCacheReqArgs", () => [
  field("skip_zero_refcnt", 1, "bool"),
  field("exclude_execve_map_processes", 2, "bool"),
]);

/** A process of the cache. */
export type ProcessInternal = {
  process?: Process | null | undefined;
  color?: string | null | undefined;
  refcnt?: number | string | null | undefined;
  refcnt_ops?: Record<string, number | string> | null | undefined;
};
export const ProcessInternal = /* @__PURE__ */ new MessageDescriptor<ProcessInternal>("tetragon.ProcessInternal", () => [
  field("process", 1, Process),
  field("color", 2, "string"),
  field("refcnt", 3, "uint32", { wrapped: true }),
  field("refcnt_ops", 4, "int32", { map: "string" }),
]);

/** Processes of the cache. */
export type DumpProcessCacheResArgs = {
  processes?: ProcessInternal[] | null | undefined;
};
export const DumpProcessCacheResArgs = /* @__PURE__ */ new MessageDescriptor<DumpProcessCacheResArgs>("tetragon.DumpProcessCacheResArgs", () => [
  field("processes", 1, ProcessInternal, { repeated: true }),
]);

/** Asks for the debug setting. */
export type GetDebugRequest = {
  flag?: EnumValue<typeof ConfigFlag> | null | undefined;
  dump?: DumpProcessCacheReqArgs | null | undefined;
};
export const GetDebugRequest = /* @__PURE__ */ new MessageDescriptor<GetDebugRequest>("tetragon.GetDebugRequest", () => [
  field("flag", 1, ConfigFlagEnum),
  field("dump", 2, DumpProcessCacheReqArgs, { oneof: "arg" }),
]);

/** The debug setting. */
export type GetDebugResponse = {
  flag?: EnumValue<typeof ConfigFlag> | null | undefined;
  level?: EnumValue<typeof LogLevel> | null | undefined;
  processes?: DumpProcessCacheResArgs | null | undefined;
};
export const GetDebugResponse = /* @__PURE__ */ new MessageDescriptor<GetDebugResponse>("tetragon.GetDebugResponse", () => [
  field("flag", 1, ConfigFlagEnum),
  field("level", 2, LogLevelEnum, { oneof: "arg" }),
  field("processes", 3, DumpProcessCacheResArgs, { oneof: "arg" }),
]);

/** Changes a debug setting. */
export type SetDebugRequest = {
  flag?: EnumValue<typeof ConfigFlag> | null | undefined;
  level?: EnumValue<typeof LogLevel> | null | undefined;
};
export const SetDebugRequest = /* @__PURE__ */ new MessageDescriptor<SetDebugRequest>("tetragon.SetDebugRequest", () => [
  field("flag", 1, ConfigFlagEnum),
  field("level", 2, LogLevelEnum, { oneof: "arg" }),
]);

/** The debug setting was changed. */
export type SetDebugResponse = {
  flag?: EnumValue<typeof ConfigFlag> | null | undefined;
  level?: EnumValue<typeof LogLevel> | null | undefined;
};
export const SetDebugResponse = /* @__PURE__ */ new MessageDescriptor<SetDebugResponse>("tetragon.SetDebugResponse", () => [
  field("flag", 1, ConfigFlagEnum),
  field("level", 2, LogLevelEnum, { oneof: "arg" }),
]);

/** Tetragon's API. */
export const FineGuidanceSensors: ServiceDescriptor = {
  name: "tetragon.FineGuidanceSensors",
  methods: [
    { name: "GetEvents", input: GetEventsRequest, output: GetEventsResponse, isServerStreaming: true },
    { name: "GetHealth", input: GetHealthStatusRequest, output: GetHealthStatusResponse, isServerStreaming: false },
    { name: "AddTracingPolicy", input: AddTracingPolicyRequest, output: AddTracingPolicyResponse, isServerStreaming: false },
    { name: "DeleteTracingPolicy", input: DeleteTracingPolicyRequest, output: DeleteTracingPolicyResponse, isServerStreaming: false },
    { name: "ListTracingPolicies", input: ListTracingPoliciesRequest, output: ListTracingPoliciesResponse, isServerStreaming: false },
    { name: "ConfigureTracingPolicy", input: ConfigureTracingPolicyRequest, output: ConfigureTracingPolicyResponse, isServerStreaming: false },
    { name: "EnableTracingPolicy", input: EnableTracingPolicyRequest, output: EnableTracingPolicyResponse, isServerStreaming: false },
    { name: "DisableTracingPolicy", input: DisableTracingPolicyRequest, output: DisableTracingPolicyResponse, isServerStreaming: false },
    { name: "ListSensors", input: ListSensorsRequest, output: ListSensorsResponse, isServerStreaming: false },
    { name: "EnableSensor", input: EnableSensorRequest, output: EnableSensorResponse, isServerStreaming: false },
    { name: "DisableSensor", input: DisableSensorRequest, output: DisableSensorResponse, isServerStreaming: false },
    { name: "RemoveSensor", input: RemoveSensorRequest, output: RemoveSensorResponse, isServerStreaming: false },
    { name: "ListDomains", input: ListDomainsRequest, output: ListDomainsResponse, isServerStreaming: false },
    { name: "GetVersion", input: GetVersionRequest, output: GetVersionResponse, isServerStreaming: false },
    { name: "GetInfo", input: GetInfoRequest, output: GetInfoResponse, isServerStreaming: false },
    { name: "RuntimeHook", input: RuntimeHookRequest, output: RuntimeHookResponse, isServerStreaming: false },
    { name: "GetDebug", input: GetDebugRequest, output: GetDebugResponse, isServerStreaming: false },
    { name: "SetDebug", input: SetDebugRequest, output: SetDebugResponse, isServerStreaming: false },
  ],
};
