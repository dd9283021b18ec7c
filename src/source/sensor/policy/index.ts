/** @module Tracing policies in the sensor. */
export { loadPolicyFiles } from "./load.ts";
export { SensorPolicies } from "./policies.ts";
export type { HookStatus, PolicyStatus, SelectorStatus } from "./status.ts";
