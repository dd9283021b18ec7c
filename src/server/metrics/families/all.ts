/** @module All metrics of an agent, for whoever hands them on. */
import { BUILD_INFO } from "../../../metadata/build-info.ts";
import { processFigures } from "../../../os/process-figures.ts";
import type { ServedAgent } from "../../definition.ts";
import type { Family } from "../family.ts";
import { agentFamilies, clusterEventFamilies } from "./agent.ts";
import { exporterFamilies, type ServerFamilies, sourceFamilies } from "./delivery.ts";
import { identityFamilies } from "./identity.ts";
import { podFamilies } from "./pods.ts";
import { containerFamilies, policyFamilies } from "./policies.ts";
import { processFamilies } from "./process.ts";
import { buildFamily, exportFamilies, sensorFamilies } from "./tetragon.ts";

/** As they are now. @param events Metrics of events, where they are counted, and when the last one came. */
export function allFamilies(
  agent: ServedAgent,
  servers: ServerFamilies,
  events?: { readonly families: readonly Family[]; readonly lastAt: number },
): Family[] {
  const { figures, tracingPolicies: policies } = agent;
  const startedAt = performance.timeOrigin;
  return [
    ...identityFamilies(agent.introduce(), startedAt, agent.health.status === "running"),
    buildFamily(BUILD_INFO),
    ...(events?.families ?? []),
    ...exportFamilies(figures, events?.lastAt ?? 0),
    ...sensorFamilies(figures),
    ...podFamilies(figures.pods),
    ...(policies === undefined ? [] : policyFamilies(policies.list(""))),
    ...containerFamilies(policies?.containers),
    ...agentFamilies(figures.agent),
    ...clusterEventFamilies(figures.clusterEvents),
    ...sourceFamilies(figures),
    ...exporterFamilies(figures),
    ...servers.of(figures),
    ...processFamilies(processFigures(), startedAt),
  ];
}
