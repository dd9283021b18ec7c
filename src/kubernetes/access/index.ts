/**
 * @module Where the API server is and who the agent is there: from a kubeconfig that was named, or from the pod that the agent
 * runs in.
 */
import type { ApiAccess } from "./access.ts";
import { type InClusterSettings, inClusterAccess } from "./in-cluster.ts";

export type { ApiAccess } from "./access.ts";
export { isInCluster } from "./in-cluster.ts";

/** What {@link findAccess} goes by. */
export interface FindAccessSettings extends InClusterSettings {
  /** `--k8s-kubeconfig-path`; empty for the pod's own access. */
  readonly kubeconfig: string;
}

/**
 * Finds the access.
 * @throws TetradError `config` for a kubeconfig that cannot be used, and where there is neither one nor a pod.
 */
export async function findAccess({ kubeconfig, ...settings }: FindAccessSettings): Promise<ApiAccess> {
  if (kubeconfig === "") return inClusterAccess(settings);
  const { readKubeconfig } = await import("./kubeconfig.ts");
  return readKubeconfig(kubeconfig);
}
