/** @module Tracing policies in the sensor. */
export { SensorPolicies } from "./policies.ts";
