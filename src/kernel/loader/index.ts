/** @module Loads programs into the kernel, and asks beforehand whether it would take them. */
export { KernelObject, type MapDefinition } from "./object.ts";
export { missingFeature, type Probe, type ProbedHook, probeKernel } from "./probe.ts";
export { readVerifierLog, VerifierError } from "./verifier.ts";
