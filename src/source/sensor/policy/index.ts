/** @module Tracing policies in the sensor. */
export { loadPolicyFiles } from "./load.ts";
export { SensorPolicies } from "./policies.ts";
