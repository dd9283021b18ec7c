/** @module Selectors of workloads, of a policy or of one selector in it. */
import type { LabelSelector, WorkloadSelector } from "../../workload.ts";
import type { Read } from "../schema/kind.ts";
import type { LABEL_SELECTOR, WORKLOADS } from "../schema/workload.ts";
import type { Context } from "./context.ts";

type ReadWorkloads = Read<typeof WORKLOADS>;
type ReadLabels = Read<typeof LABEL_SELECTOR>;

/** Reads the selector; `undefined` when it is for everything. */
export function readWorkloads(
  read: ReadWorkloads,
  namespace: string | undefined,
  context: Context,
): WorkloadSelector | undefined {
  const pod = labelsOf(read.podSelector, context);
  const container = labelsOf(read.containerSelector, context);
  const host = read.hostSelector ?? undefined;
  if (host !== undefined && (host.matchLabels !== undefined || host.matchExpressions !== undefined)) {
    context.error(host, undefined, {
      found: "labels in hostSelector",
      expected: "{}, for all processes of the host, or nothing",
    });
  }
  if (host !== undefined && namespace !== undefined) {
    context.error(host, undefined, {
      found: "hostSelector in a namespaced policy",
      expected: "none: such a policy is for pods of its namespace",
      cure: "write kind: TracingPolicy",
    });
  }
  if (pod === undefined && container === undefined && host === undefined && namespace === undefined) {
    return undefined;
  }
  return { namespace, pod, container, hasHost: host !== undefined };
}

/** Reads a label selector; `undefined` when there is none. */
export function labelsOf(read: ReadLabels | null | undefined, context: Context): LabelSelector | undefined {
  if (read === null || read === undefined) return undefined;
  const matchExpressions = (read.matchExpressions ?? []).flatMap((expression) => {
    const { key, operator, values = [] } = expression;
    if (key === undefined || operator === undefined) return [];
    const takesValues = operator === "In" || operator === "NotIn";
    if (takesValues !== values.length > 0 && !context.places.isBroken(expression)) {
      context.error(expression, "values", {
        found: values.length === 0 ? "no values" : "values",
        expected: takesValues ? `at least one with ${operator}` : `none with ${operator}`,
      });
    }
    return [{ key, operator, values }];
  });
  return { matchLabels: { ...read.matchLabels }, matchExpressions };
}
