/** @module Loads programs into the kernel. */
export { KernelObject, type MapDefinition, type TracingProgram } from "./object.ts";
export { readVerifierLog, VerifierError } from "./verifier.ts";
