/**
 * @module Compiles policies: from hooks, conditions and actions to programs for this kernel. It loads nothing.
 *
 * Hooks of all policies that are at the same place share a program there, and each has a part of it of its own.
 */
export { type OwnProcess, START_UNIT } from "./action.ts";
export { type AttachPoint, attachPoints } from "./attach-point.ts";
export { type BufferData, DATA_HOOK, DATA_RECORD, type DataName } from "./buffer-data.ts";
export { type CompiledHook, type CompileKernel, type CompileSettings, compileHook } from "./compile.ts";
export { mostPlaces } from "./counter.ts";
export { type DecodedCall, decodePlan, type EntryDecoder } from "./decode.ts";
export { type EnforcerSettings, enforcerMap, enforcerProgram } from "./enforcer.ts";
export { overrideMap } from "./override.ts";
export type { PlannedSelector, PolicyEntry, SelectorCount } from "./plan.ts";
export { rateMap } from "./rate-limit.ts";
export { POLICY_HEADER } from "./record.ts";
export { ENTRY_STATE, MOST_ENTRIES, POLICY_MAPS, policyMaps, preemptibleMaps } from "./scratch.ts";
export { isShareable } from "./shared-place.ts";
export { socketMap } from "./socket-owner.ts";
export { BUILD_ID_FRAME_SIZE } from "./stack-trace.ts";
