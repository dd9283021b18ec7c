/**
 * @module The policies of an agent: which there are, in which state, and how they come, change and go. It knows nothing
 * of the kernel: an engine loads them.
 */
export { type PolicyChange, type PolicyControl, PolicyError, type PolicyName } from "./control.ts";
export type { EngineState, PolicyEngine } from "./engine.ts";
export type { FileOutcome } from "./file.ts";
export { objectName } from "./origin.ts";
export {
  type KeptPolicy,
  type NamedText,
  PolicyRegistry,
  type PolicyStore,
  type RegistrySettings,
} from "./registry.ts";
export {
  ACTION_COUNTS,
  type ActionCounts,
  GRPC_DOMAIN,
  type HookStatus,
  KUBERNETES_DOMAIN,
  type LoadedFacts,
  type MarkedValues,
  type PolicyKey,
  type PolicyState,
  type PolicyStatus,
  type ProgramMisses,
  type ProgramOverhead,
  REQUEST_RESULTS,
  type RequestCounts,
  type RequestResult,
  SENSORS,
  type SelectorStatus,
  STACK_RESULTS,
  STATIC_DOMAIN,
  type StackCounts,
  type StackResult,
  type StatusMode,
} from "./status.ts";
