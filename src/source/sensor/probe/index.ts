/** @module The sensor's probes: what each collects, where, in which records, and what these mean. */
import { probedHooks } from "./list.ts";

export { AttachedProbes, type LoadedProbe, loadProbes, longestRecord } from "./attached.ts";
export type { Probe } from "./declaration.ts";
export { findProbe, kindOf, POLICY_RECORD, PROBES, probedHooks, wantedProbes } from "./list.ts";
export type { DecoderContext, ProgramContext, RecordDecoder } from "./probe.ts";
export { SENSOR_MAPS, sensorMaps } from "./shared/maps.ts";
export type { Scope } from "./shared/scope.ts";
export { PF_KTHREAD } from "./shared/task-flags.ts";

/** The tracepoints without which there is no sensor. */
export const SENSOR_HOOKS = probedHooks({}).filter(({ isRequired }) => isRequired);
