/** @module Tracing policies: what is loaded, and how clients change it. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  type ConfigureTracingPolicyRequest,
  type FineGuidanceSensors,
  HookState,
  TracingPolicyMode,
  TracingPolicyState,
  type TracingPolicyStatusSchema,
} from "../../encoding/protobuf/generated/tetragon/sensors_pb.ts";
import { GrpcError, STATUS, type StatusCode } from "../../lib/grpc/status.ts";
import {
  type ActionCounts,
  type HookStatus,
  type PolicyChange,
  type PolicyControl,
  PolicyError,
  type PolicyState,
  type PolicyStatus,
  SENSORS,
  type SelectorStatus,
  type StatusMode,
} from "../../policy/registry/index.ts";
import type { ServedAgent } from "../definition.ts";
import type { UnaryHandlers } from "../unary.ts";

/** The methods. */
type PolicyMethods = Pick<
  UnaryHandlers<typeof FineGuidanceSensors>,
  | "addTracingPolicy"
  | "deleteTracingPolicy"
  | "listTracingPolicies"
  | "configureTracingPolicy"
  | "enableTracingPolicy"
  | "disableTracingPolicy"
  | "listDomains"
>;

const STATES: Readonly<Record<PolicyState, TracingPolicyState>> = {
  enabled: TracingPolicyState.TP_STATE_ENABLED,
  disabled: TracingPolicyState.TP_STATE_DISABLED,
  load_error: TracingPolicyState.TP_STATE_LOAD_ERROR,
  error: TracingPolicyState.TP_STATE_ERROR,
  loading: TracingPolicyState.TP_STATE_LOADING,
  unloading: TracingPolicyState.TP_STATE_UNLOADING,
  skipped: TracingPolicyState.TP_STATE_SKIPPED,
  partially_enabled: TracingPolicyState.TP_STATE_PARTIALLY_ENABLED,
};
const MODES: Readonly<Record<StatusMode, TracingPolicyMode>> = {
  enforce: TracingPolicyMode.TP_MODE_ENFORCE,
  monitor: TracingPolicyMode.TP_MODE_MONITOR,
  monitor_only: TracingPolicyMode.TP_MODE_MONITOR_ONLY,
};
const HOOK_STATES: Readonly<Record<HookStatus["state"], HookState>> = {
  loaded: HookState.STATUS_LOADED,
  call_not_found: HookState.STATUS_CALL_NOT_FOUND,
  digest_rejected: HookState.STATUS_DIGEST_REJECTED,
};
const CODES: Readonly<Record<PolicyError["reason"], StatusCode>> = {
  exists: STATUS.alreadyExists,
  missing: STATUS.notFound,
  invalid: STATUS.invalidArgument,
  refused: STATUS.failedPrecondition,
};

/** @param servesDeprecated Whether the methods are served that `ConfigureTracingPolicy` has replaced. */
export function policyMethods(agent: ServedAgent, servesDeprecated: boolean): PolicyMethods {
  const change = async (work: (policies: PolicyControl) => Promise<void>): Promise<object> => {
    const { tracingPolicies } = agent;
    if (tracingPolicies === undefined)
      throw new GrpcError(STATUS.failedPrecondition, "Cannot change policies: the sensor does not run");
    try {
      await work(tracingPolicies);
    } catch (error) {
      throw error instanceof PolicyError ? new GrpcError(CODES[error.reason], error.message) : error;
    }
    return {};
  };
  const enable = (isEnabled: boolean) => (request: { name: string; namespace: string; domain: string }) => {
    if (!servesDeprecated)
      throw new GrpcError(
        STATUS.unimplemented,
        `${isEnabled ? "EnableTracingPolicy" : "DisableTracingPolicy"} is deprecated: use ConfigureTracingPolicy, or set --enable-deprecated-tracingpolicy-grpc`,
      );
    return change((policies) => policies.configure(request, { isEnabled }));
  };
  return {
    addTracingPolicy: ({ yaml, domain }) => change((policies) => policies.add(yaml, domain)),
    deleteTracingPolicy: (request) => change((policies) => policies.delete(request)),
    listTracingPolicies: ({ domain }) => ({
      policies: (agent.tracingPolicies?.list(domain) ?? []).map(policyMessage),
    }),
    configureTracingPolicy: (request) => change((policies) => policies.configure(request, changeOf(request))),
    enableTracingPolicy: enable(true),
    disableTracingPolicy: enable(false),
    listDomains: () => ({ domains: [...(agent.tracingPolicies?.domains ?? [])] }),
  };
}

/** @throws GrpcError for a mode that nobody can set. */
function changeOf({ enable, mode }: ConfigureTracingPolicyRequest): PolicyChange {
  const name = mode === undefined ? undefined : SETTABLE.get(mode);
  if (mode !== undefined && name === undefined)
    throw new GrpcError(
      STATUS.invalidArgument,
      `Cannot set mode ${mode}: expected TP_MODE_ENFORCE or TP_MODE_MONITOR`,
    );
  return {
    ...(enable === undefined ? {} : { isEnabled: enable }),
    ...(name === undefined ? {} : { mode: name }),
  };
}

const SETTABLE: ReadonlyMap<TracingPolicyMode, "enforce" | "monitor"> = new Map([
  [TracingPolicyMode.TP_MODE_ENFORCE, "enforce"],
  [TracingPolicyMode.TP_MODE_MONITOR, "monitor"],
]);

function policyMessage(status: PolicyStatus): MessageInitShape<typeof TracingPolicyStatusSchema> {
  const { id, name, namespace, domain, state, error, mode, sections, selectors } = status;
  return {
    id: BigInt(id),
    name,
    namespace,
    domain,
    error,
    sensors: sections.map((section) => SENSORS[section]),
    enabled: state === "enabled" || state === "partially_enabled",
    state: STATES[state],
    mode: MODES[mode],
    kernelMemoryBytes: BigInt(status.kernelMemory),
    stats: {
      actionCounters: countersOf(selectors.map(({ counts }) => counts)),
      selectorActionCounters: selectors.map(selectorMessage),
      markedValues: selectors.flatMap(markedMessages),
    },
    hookStatuses: status.hooks.map(({ section, index, description, state: hookState }) => ({
      section,
      hookDescription: description,
      hookIdx: index,
      state: HOOK_STATES[hookState],
    })),
  };
}

function selectorMessage({ hook, hookIndex, index, label, counts }: SelectorStatus) {
  return {
    hook,
    hookIndex,
    selectorIndex: index,
    selectorLabel: label,
    actionCounters: countersOf([counts]),
  };
}

/** Values of a filter that are named; answers have a size that clients take. */
const MOST_NAMED = 1000;

function markedMessages({ hook, hookIndex, index, label, marked = [] }: SelectorStatus) {
  return marked.map(({ filter, operator, count, unmatched }) => ({
    hook,
    hookIndex,
    selectorIndex: index,
    selectorLabel: label,
    filter,
    operator,
    valueCount: count,
    unmatchedCount: unmatched.length,
    unmatched: unmatched.slice(0, MOST_NAMED),
  }));
}

/** Sums. */
function countersOf(all: readonly ActionCounts[]) {
  const sum = (name: keyof ActionCounts) =>
    BigInt(all.reduce((total, counts) => total + (counts[name] ?? 0), 0));
  return {
    post: sum("post"),
    signal: sum("signal"),
    monitorSignal: sum("monitor_signal"),
    override: sum("override"),
    monitorOverride: sum("monitor_override"),
    notifyEnforcer: sum("notify_enforcer"),
    monitorNotifyEnforcer: sum("monitor_notify_enforcer"),
    nopost: sum("nopost"),
  };
}
