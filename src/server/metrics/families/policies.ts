/** @module Tetragon's metrics of tracing policies, by its names. */
import { ACTION_COUNTS, type PolicyState, type PolicyStatus } from "../../../policy/registry/status.ts";
import { counter, type Family, gauge, type Sample } from "../family.ts";

/** States that are shown even where no policy is in them. */
const STATES: readonly PolicyState[] = [
  "disabled",
  "enabled",
  "error",
  "load_error",
  "partially_enabled",
  "skipped",
];

/** What there is to say of the policies of this agent. */
export function policyFamilies(policies: readonly PolicyStatus[]): Family[] {
  return [
    gauge(
      "tetragon_tracingpolicy_loaded",
      "The number of loaded tracing policy by state.",
      STATES.map((state) => ({
        labels: { state },
        value: policies.filter((policy) => policy.state === state).length,
      })),
    ),
    gauge(
      "tetragon_tracingpolicy_kernel_memory_bytes",
      "The amount of kernel memory in bytes used by policy's sensors non-shared BPF maps (memlock).",
      summed(policies.map((policy) => ({ labels: labelsOf(policy), value: policy.kernelMemory }))),
    ),
    counter(
      "tetragon_tracingpolicy_selector_actions_total",
      "The total number of actions that selectors of tracing policies have taken.",
      summed(policies.flatMap(actionSamples)),
    ),
    counter(
      "tetragon_missed_prog_probes_total",
      "The total number of Tetragon probe missed by program.",
      summed(
        policies.flatMap(({ name, misses }) =>
          misses.map(({ attach, count }) => ({ labels: { attach, policy: name }, value: count })),
        ),
      ),
    ),
  ];
}

function actionSamples(policy: PolicyStatus): Sample[] {
  return policy.selectors.flatMap(({ hook, hookIndex, index, label, counts }) =>
    ACTION_COUNTS.filter((action) => counts[action] !== undefined).map((action) => ({
      labels: {
        action,
        hook,
        hook_index: String(hookIndex),
        ...labelsOf(policy),
        selector_index: String(index),
        selector_label: label,
      },
      value: counts[action]!,
    })),
  );
}

/** Policies of one name in different domains have the same labels, and a series may come once only. */
function summed(samples: readonly Sample[]): Sample[] {
  const byLabels = Map.groupBy(samples, ({ labels }) => JSON.stringify(labels));
  return [...byLabels.values()].map((same) => ({
    ...same[0]!,
    value: same.reduce((sum, { value }) => sum + value, 0),
  }));
}

function labelsOf({ name, namespace }: PolicyStatus): { policy: string; policy_namespace: string } {
  return { policy: name, policy_namespace: namespace };
}
