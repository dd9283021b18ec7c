/** @module Tetragon's metrics of tracing policies, by its names. */
import {
  ACTION_COUNTS,
  type PolicyState,
  type PolicyStatus,
  type ProgramMisses,
  type ProgramOverhead,
  REQUEST_RESULTS,
  SENSORS,
  type SelectorStatus,
  STACK_RESULTS,
} from "../../../policy/registry/status.ts";
import type { ContainerFigures } from "../../../policy/workload.ts";
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

/** What became of containers that policies for workloads are asked about. */
export function containerFamilies(figures: ContainerFigures | undefined): Family[] {
  if (figures === undefined) return [];
  return [
    counter(
      "tetrad_policy_containers_judged_late_total",
      "Containers that ran before it was known which policies with selectors of pods or containers are for them.",
      figures.judgedLate,
    ),
    gauge(
      "tetrad_policy_cgroups_without_room",
      "Cgroups inside of containers that policies for workloads keep no record of, and look at those around them instead.",
      figures.missed,
    ),
  ];
}

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
      "tetragon_enforcer_missed_notifications_total",
      "The number of missed notifications by the enforcer.",
      summed(policies.flatMap(missedSamples)),
    ),
    ...programFamilies(policies),
    ...ownFamilies(policies),
  ];
}

function programFamilies(policies: readonly PolicyStatus[]): Family[] {
  const missed = (read: (misses: ProgramMisses) => number): Sample[] =>
    summed(
      policies.flatMap(({ name, misses }) =>
        misses.map((each) => ({ labels: { attach: each.attach, policy: name }, value: read(each) })),
      ),
    );
  const overhead = (read: (overhead: ProgramOverhead) => number): Sample[] =>
    summed(
      policies.flatMap((policy) =>
        policy.overhead.map((each) => ({
          labels: {
            attach: each.attach,
            ...labelsOf(policy),
            section: `${each.kind}/${each.attach}`,
            sensor: SENSORS[each.section],
          },
          value: read(each),
        })),
      ),
    );
  return [
    counter(
      "tetragon_missed_link_probes_total",
      "The total number of Tetragon probe missed by link.",
      missed(({ linkCount }) => linkCount),
    ),
    counter(
      "tetragon_missed_prog_probes_total",
      "The total number of Tetragon probe missed by program.",
      missed(({ count }) => count),
    ),
    counter(
      "tetrad_policy_calls_forgotten_total",
      "Calls of functions whose record waited for the return, and made room for others.",
      missed(({ forgotten }) => forgotten),
    ),
    counter(
      "tetragon_overhead_program_runs_total",
      "The total number of times BPF program was executed.",
      overhead(({ runs }) => runs),
    ),
    counter(
      "tetragon_overhead_program_seconds_total",
      "The total time in seconds BPF program was running.",
      overhead(({ seconds }) => seconds),
    ),
  ];
}

/** What Tetragon does not count. */
function ownFamilies(policies: readonly PolicyStatus[]): Family[] {
  const counted = (read: (selector: SelectorStatus) => number): Sample[] =>
    summed(
      policies.flatMap((policy) =>
        policy.selectors.map((selector) => ({
          labels: selectorLabels(policy, selector),
          value: read(selector),
        })),
      ),
    );
  return [
    gauge(
      "tetrad_policy_info",
      "1 for each policy, with its state and mode.",
      policies.map((policy) => ({
        labels: { domain: policy.domain, mode: policy.mode, ...labelsOf(policy), state: policy.state },
        value: 1,
      })),
    ),
    counter(
      "tetrad_policy_selector_asked_total",
      "How often the place of a selector was come by, while a policy asked there.",
      counted(({ asked }) => asked),
    ),
    counter(
      "tetrad_policy_selector_held_total",
      "How often a selector held.",
      counted(({ counts }) => counts.held ?? 0),
    ),
    counter(
      "tetrad_policy_selector_lost_total",
      "Events of a selector that found no room in the ring buffer; they are among its posts.",
      counted(({ counts }) => counts.lost ?? 0),
    ),
    counter(
      "tetrad_policy_condition_failed_total",
      "How often a condition was the first of its selector that did not hold, in the order in which they are asked.",
      summed(
        policies.flatMap((policy) =>
          policy.selectors.flatMap((selector) =>
            selector.failed.map((value, index) => ({
              labels: { condition: String(index), ...selectorLabels(policy, selector) },
              value,
            })),
          ),
        ),
      ),
    ),
    counter(
      "tetrad_policy_stack_traces_total",
      "What became of the stack traces of events: whether their frames are in known functions.",
      summed(policies.flatMap(stackSamples)),
    ),
    counter(
      "tetrad_policy_requests_total",
      "What became of the requests (GetUrl, DnsLookup) that events of policies have asked for.",
      summed(policies.flatMap(requestSamples)),
    ),
  ];
}

/** Notes that no enforced function took before the next one. */
function missedSamples({ name, selectors }: PolicyStatus): Sample[] {
  return selectors
    .filter(({ counts }) => counts.missed_notification !== undefined)
    .map(({ hook, counts }) => ({
      labels: { info: hook.slice(hook.indexOf(":") + 1), policy: name, reason: "overwritten" },
      value: counts.missed_notification!,
    }));
}

function stackSamples({ stacks, ...policy }: PolicyStatus): Sample[] {
  return Object.entries(stacks ?? {}).flatMap(([stack, counts]) =>
    STACK_RESULTS.map((result) => ({
      labels: { ...labelsOf(policy), result, stack },
      value: counts[result],
    })),
  );
}

function requestSamples({ requests, ...policy }: PolicyStatus): Sample[] {
  return Object.entries(requests ?? {}).flatMap(([action, counts]) =>
    REQUEST_RESULTS.map((result) => ({
      labels: { action, ...labelsOf(policy), result },
      value: counts[result],
    })),
  );
}

function selectorLabels(policy: PolicyStatus, { hook, hookIndex, index, label }: SelectorStatus) {
  return {
    hook,
    hook_index: String(hookIndex),
    ...labelsOf(policy),
    selector_index: String(index),
    selector_label: label,
  };
}

function actionSamples(policy: PolicyStatus): Sample[] {
  return policy.selectors.flatMap((selector) =>
    ACTION_COUNTS.filter((action) => selector.counts[action] !== undefined).map((action) => ({
      labels: { action, ...selectorLabels(policy, selector) },
      value: selector.counts[action]!,
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

function labelsOf({ name, namespace }: Pick<PolicyStatus, "name" | "namespace">): {
  policy: string;
  policy_namespace: string;
} {
  return { policy: name, policy_namespace: namespace };
}
