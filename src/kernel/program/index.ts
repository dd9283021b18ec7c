/** @module Programs in a few words: pointers, records, paths. The layer above the assembler. */
export { ProgramBuilder } from "./builder.ts";
export type { CallBuilder, RegisterPlace } from "./call.ts";
export { type Climb, leaveUnlessWithin } from "./climb.ts";
export { countIn } from "./count.ts";
export {
  joinPathNames,
  nameLengthSlot,
  type OpenPath,
  openPath,
  PATH_END,
  type ProcessRoot,
  processRoot,
  type WalkSteps,
  walkFilePath,
  walkFrom,
  writeFilePath,
} from "./file-path.ts";
export {
  FirstNames,
  type FirstNamesLabels,
  type FirstNamesStart,
  UNKNOWN_NAME,
} from "./first-names.ts";
export { hasKernelLoop, longLoop } from "./long-loop.ts";
export { canLookForFirstNames } from "./name-layout.ts";
export { type Pointer, type Scalar, untyped } from "./pointer.ts";
export type { AddString } from "./record-strings.ts";
export { RecordWriter, type WriterOf } from "./record-writer.ts";
export { findRegister } from "./register-name.ts";
export { ProbeProgramBuilder } from "./registers.ts";
export { outputToRing, type RecordMaps, scratchKey } from "./ring-output.ts";
export { readSystemCall } from "./system-call.ts";
export { FunctionProgramBuilder, type FunctionProgramKind, TracingProgramBuilder } from "./tracing.ts";
export { parseUsdtArguments, type UsdtArgument } from "./usdt-argument.ts";
