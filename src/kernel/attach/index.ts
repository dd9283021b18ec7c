/** @module Kinds of programs, and how each is attached. */
export { attachProgram, describeTarget } from "./attach.ts";
export {
  type AttachTarget,
  type BtfProgramKind,
  type KindDescription,
  PROGRAM_KINDS,
  type ProgramKind,
  type TargetedKind,
} from "./kind.ts";
export { Link } from "./link.ts";
export { listenToMappings } from "./mappings.ts";
export type { BtfTarget, ProgramSpec } from "./spec.ts";
