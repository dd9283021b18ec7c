/** @module Tracing policies in the sensor: what loads them. */
export { policyEngine } from "./engine.ts";
export type { PinnedLinks } from "./pinned-links.ts";
export { SensorPolicies } from "./policies.ts";
