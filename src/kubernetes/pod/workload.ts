/**
 * @module The workload that a pod is one of, by Tetragon's rules (`GetWorkloadMetaFromPod` of its `pkg/podhelpers`): from the
 * pod alone, so that nobody is asked about owners of owners.
 */
import type { ObjectMeta } from "../api/object.ts";

/** `workload` and `workload_kind` of events. */
export interface Workload {
  readonly name: string;
  readonly kind: string;
}

/** A CronJob names its jobs so: its own name and a time. */
const CRON_JOB = /^(?<name>.+)-\d{8,10}$/;

/** Labels of the hash that stands at the end of a ReplicaSet's name, and what the ReplicaSet is one of. */
const HASHES = [
  ["pod-template-hash", "Deployment"],
  ["rollouts-pod-template-hash", "Rollout"],
] as const;

/** The workload of a pod; the pod itself where nobody controls it, or what does gives names of its own. */
export function workloadOf(metadata: ObjectMeta): Workload {
  const { name, generateName, ownerReferences, labels } = metadata;
  const owner = generateName ? ownerReferences?.find(({ controller }) => controller === true) : undefined;
  if (owner === undefined) return { name, kind: "Pod" };
  const own = { name: owner.name || name, kind: owner.kind };
  switch (owner.kind) {
    case "ReplicaSet":
      for (const [label, kind] of HASHES) {
        const hash = labels?.[label] ?? "";
        if (hash === "" || !owner.name.endsWith(hash)) continue;
        return { name: owner.name.replace(new RegExp(`-${escapeRegExp(hash)}$`), "") || name, kind };
      }
      return own;
    case "ReplicationController": {
      const config = labels?.deploymentconfig ?? "";
      return config === "" ? own : { name: config, kind: "DeploymentConfig" };
    }
    case "Job": {
      const cron = CRON_JOB.exec(owner.name)?.groups?.name;
      return cron === undefined ? own : { name: cron, kind: "CronJob" };
    }
    default:
      return own;
  }
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
