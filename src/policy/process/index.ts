/** @module What is kept of processes in the kernel while a policy asks for it: the programs that do, and their maps. */
export type { ProcessNeeds, ProcessProgramContext } from "./context.ts";
export { isTrue, type ProcessImage } from "./evaluate.ts";
export { POD_KEY_SIZE, POD_MAP } from "./pod-program.ts";
export { processPrograms } from "./programs.ts";
export { processScratchMap } from "./scratch.ts";
export {
  NEW_CONTAINER,
  NEW_CONTAINER_MAP,
  workloadProgramMaps,
  workloadPrograms,
} from "./workload-programs.ts";
