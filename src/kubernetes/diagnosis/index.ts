/**
 * @module Why clients in the cluster do not reach the agents: the troubleshooting list of the Elastic integration, walked through by
 * asking the API server. Nothing is changed.
 */

import { type FindAccessSettings, findAccess, isInCluster } from "../access/index.ts";
import { ApiClient } from "../api/client.ts";
import { ApiError } from "../api/error.ts";
import { diagnoseAddress, diagnoseAgents, diagnoseNamespace } from "./agents.ts";
import { type Finding, fault, good } from "./finding.ts";
import { diagnoseLosses, diagnoseVersions } from "./losses.ts";
import { diagnoseNetwork, HOST_NETWORK, type Network } from "./network.ts";
import { diagnoseService } from "./service.ts";
import { askVersion, viewCluster } from "./view.ts";

export type { Finding } from "./finding.ts";

/** What {@link diagnoseCluster} goes by. */
export interface ClusterDiagnosisSettings extends FindAccessSettings {
  readonly namespace: string;
  readonly service: string;
  /** @default this host's */
  readonly network?: Network;
}

/**
 * Looks at everything, in the order in which one thing needs the other.
 * @throws TetradError `config` where no API server is to be found.
 */
export async function diagnoseCluster(settings: ClusterDiagnosisSettings): Promise<Finding[]> {
  const { namespace, service, network = HOST_NETWORK } = settings;
  const access = await findAccess(settings);
  const client = new ApiClient(access);
  try {
    const version = await askVersion(client);
    const view = await viewCluster(client, namespace, service);
    const server = good("API server", `${access.server}, Kubernetes ${version}, by ${access.origin}`);
    const namespaceFault = diagnoseNamespace(view);
    // Of what is in it there is nothing to say then.
    if (namespaceFault.length > 0) return [server, ...namespaceFault];
    return [
      server,
      diagnoseAgents(view),
      ...diagnoseVersions(view),
      diagnoseAddress(view),
      ...diagnoseService(view),
      ...(await diagnoseNetwork(view, isInCluster(settings), network)),
      ...(await diagnoseLosses(view, client)),
    ];
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const advice = error.kind === "access" ? undefined : `is ${access.origin} that of this cluster?`;
    return [fault("API server", error.message, advice)];
  }
}
