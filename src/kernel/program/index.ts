/** @module Programs in a few words: pointers, records, paths. The layer above the assembler. */
export { type Pointer, ProgramBuilder, type Scalar } from "./builder.ts";
export { type Climb, leaveUnlessWithin } from "./climb.ts";
export { joinPathNames, type ProcessRoot, processRoot, writeFilePath } from "./file-path.ts";
export { type RecordMaps, RecordWriter, type WriterOf } from "./record-writer.ts";
export { ProbeProgramBuilder } from "./registers.ts";
export { FunctionProgramBuilder, type FunctionProgramKind, TracingProgramBuilder } from "./tracing.ts";
