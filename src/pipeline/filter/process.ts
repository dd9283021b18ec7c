/** @module The keys of filters that compare values of the event, its process and its pod. */

import { offsetInString } from "../../lib/json/nodes.ts";
import { asObject } from "../../lib/json/object.ts";
import {
  type LabelLookup,
  matchesSelector,
  parseSelector,
  SelectorSyntaxError,
} from "../../lib/labels/index.ts";
import { stringField } from "../subject.ts";
import type { PredicateFactory } from "./predicate.ts";

/** Lists up to this length are searched faster than a set, which has to hash the string first. */
const SHORT_LIST = 8;

function createMembership(values: readonly string[]): (value: string) => boolean {
  if (values.length > SHORT_LIST) {
    const set = new Set(values);
    return (value) => set.has(value);
  }
  return (value) => values.includes(value);
}

/** Tetragon's event types by number. */
export const eventSet: PredicateFactory = (filter, key) => {
  const wanted: boolean[] = [];
  for (const number of filter.numbers(key)) wanted[number] = true;
  return ({ typeNumber }) => wanted[typeNumber] === true;
};

/** The pod's namespace, exactly. The empty string stands for processes of no pod. */
export const namespace: PredicateFactory = (filter, key, { wanted }) => {
  wanted.add("process.pod.namespace");
  const isWanted = createMembership(filter.strings(key).map(({ value }) => value));
  return ({ process, pod }) =>
    process !== undefined && isWanted(pod === undefined ? "" : stringField(pod, "namespace"));
};

/** Whether the process or its parent may be a Kubernetes exec probe. Events without a process are none. */
export const healthCheck: PredicateFactory = (filter, key, { wanted }) => {
  wanted.add("process.pod.container.maybe_exec_probe");
  wanted.add("parent.pod.container.maybe_exec_probe");
  const isWanted = filter.scalar(key)?.value === true;
  return ({ process, parent }) => (maybeExecProbe(process) || maybeExecProbe(parent)) === isWanted;
};

function maybeExecProbe(process: Record<string, unknown> | undefined): boolean {
  const pod = process && asObject(process.pod);
  const container = pod && asObject(pod.container);
  return container?.maybe_exec_probe === true;
}

/** Whether the process descends from its container's first one. Absent is `false`; an event without a process does not match. */
export const inInitTree: PredicateFactory = (filter, key, { wanted }) => {
  wanted.add("process.in_init_tree");
  const isWanted = filter.scalar(key)?.value === true;
  return ({ process }) => process !== undefined && (process.in_init_tree === true) === isWanted;
};

/** A process id as it may be written in JSON; absent is 0, as protobuf has it. */
export function pidOf(process: Record<string, unknown>): number {
  const { pid } = process;
  return typeof pid === "number" ? pid : Number(pid ?? 0);
}

/** The process id. */
export const pid: PredicateFactory = (filter, key, { wanted }) => {
  wanted.add("process.pid");
  const pids = new Set(filter.numbers(key));
  return ({ process }) => process !== undefined && pids.has(pidOf(process));
};

/** Event types that carry the name of the policy they come from, and that Tetragon looks for it in. */
const POLICY_EVENTS: ReadonlySet<string> = new Set([
  "process_kprobe",
  "process_tracepoint",
  "process_uprobe",
  "process_lsm",
]);

/** The name of the tracing policy, exactly; an event without one never matches. */
export const policyNames: PredicateFactory = (filter, key, { wanted }) => {
  wanted.add("policy_name");
  const names = new Set(filter.strings(key).map(({ value }) => value));
  return ({ type, payload }) => {
    if (payload === undefined || !POLICY_EVENTS.has(type)) return false;
    const name = stringField(payload, "policy_name");
    return name !== "" && names.has(name);
  };
};

/** Kubernetes selectors over the pod's labels, one of which has to match. */
export const labels: PredicateFactory = (filter, key, { wanted }) => {
  wanted.add("process.pod.pod_labels");
  const selectors = filter.strings(key).flatMap(({ node, value }) => {
    try {
      return [parseSelector(value)];
    } catch (error) {
      if (!(error instanceof SelectorSyntaxError)) throw error;
      filter.report(key, offsetInString(filter.source.text, node, error.offset), error.message);
      return [];
    }
  });
  let podLabels: Record<string, unknown> | undefined;
  const lookup: LabelLookup = (label) => {
    const value = podLabels !== undefined && Object.hasOwn(podLabels, label) ? podLabels[label] : undefined;
    return typeof value === "string" ? value : undefined;
  };
  return ({ pod }) => {
    if (pod === undefined) return false;
    podLabels = asObject(pod.pod_labels);
    for (const selector of selectors) if (matchesSelector(selector, lookup)) return true;
    return false;
  };
};
