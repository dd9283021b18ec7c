/** @module Which processes a policy is for, in words. */
import type { Policy } from "../policy.ts";
import type { LabelSelector } from "../workload.ts";

/** Lines about the workloads and nodes that a policy is for. */
export function explainWorkload({ workload, node }: Policy): string[] {
  const lines: string[] = [];
  if (workload === undefined) lines.push("For all processes of the host.");
  else {
    const { namespace, pod, container, hasHost } = workload;
    const parts: string[] = [];
    if (pod !== undefined || container !== undefined || namespace !== undefined) {
      const pods = `pods${namespace === undefined ? "" : ` of the namespace ${namespace}`}${labelText(pod)}`;
      parts.push(
        container === undefined ? `containers of ${pods}` : `containers${labelText(container)} of ${pods}`,
      );
    }
    if (hasHost) parts.push("processes of the host that are in no container");
    lines.push(`For ${parts.join(", and ")}.`);
  }
  if (node !== undefined) lines.push(`Loaded on nodes${labelText(node)} only.`);
  return lines;
}

function labelText(selector: LabelSelector | undefined): string {
  if (selector === undefined) return "";
  const words = [
    ...Object.entries(selector.matchLabels).map(([key, value]) => `${key}=${value}`),
    ...selector.matchExpressions.map(({ key, operator, values }) =>
      `${key} ${operator} ${values.join(",")}`.trim(),
    ),
  ];
  return words.length === 0 ? "" : ` with ${words.join(", ")}`;
}
