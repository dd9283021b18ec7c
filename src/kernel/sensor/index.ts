/** @module The sensor's programs: what they collect, where, and in which records. */
export { type ExecOptions, execProgram } from "./exec.ts";
export { exitProgram } from "./exit.ts";
export { forkProgram } from "./fork.ts";
export { SENSOR_HOOKS } from "./hooks.ts";
export { SENSOR_MAPS, sensorMaps } from "./maps.ts";
export {
  createRecordViews,
  execRecord,
  exitRecord,
  forkRecord,
  RECORD_KIND,
  type RecordViews,
} from "./records.ts";
export type { Scope } from "./scope.ts";
