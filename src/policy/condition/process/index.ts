/** @module Conditions on the process that runs, and what is kept of processes for them. */
export { type ChangeCondition, capabilityOffset, compileRecording, namespaceOffset } from "./change.ts";
export { compileProcessCondition, type ProcessCondition, type TaskCondition } from "./compile.ts";
export type { HostNamespaces, ProcessContext } from "./context.ts";
export { factOf, type NumberedFact, type ProcessFact, ProcessFacts } from "./facts.ts";
export {
  FACTS_SIZE,
  PROCESS_MAP,
  PROCESS_RECORD,
  processMap,
  RECORDED_CAPABILITIES,
  RECORDED_NAMESPACES,
} from "./record.ts";
export { loadCapabilities, loadNamespace, loadNamespacePid } from "./task.ts";
export { findWorkload, type WorkloadCondition } from "./workload.ts";
export { findAround } from "./workload-around.ts";
export { MOST_INSIDE, WORKLOAD, WORKLOAD_KEY, WORKLOAD_MAP, workloadMap } from "./workload-map.ts";
export { WORKLOAD_SET_SIZE, WorkloadSelectors } from "./workload-selectors.ts";
