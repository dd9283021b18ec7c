/** @module Loads programs into the kernel, and releases them again. */
export { KernelObject } from "./object.ts";
export { type MapFinder, Program, type ProgramRuns } from "./program.ts";
export { readVerifierLog, VerifierError } from "./verifier.ts";
