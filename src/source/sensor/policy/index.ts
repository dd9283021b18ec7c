/** @module Tracing policies in the sensor: what loads them. */
export { policyEngine } from "./engine.ts";
export { SensorPolicies } from "./policies.ts";
