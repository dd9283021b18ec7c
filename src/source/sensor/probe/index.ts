/** @module The sensor's programs: what they collect, where, and in which records. */
export { connectProgram } from "./connect/program.ts";
export { type ExecOptions, execProgram } from "./exec/program.ts";
export { exitProgram } from "./exit/program.ts";
export { forkProgram } from "./fork/program.ts";
export { NETWORK_HOOK, SENSOR_HOOKS } from "./shared/hooks.ts";
export { PF_KTHREAD } from "./shared/kernel-thread.ts";
export { MAX_SOCKETS, networkMaps, SENSOR_MAPS, sensorMaps } from "./shared/maps.ts";
export {
  createRecordViews,
  execRecord,
  exitRecord,
  forkRecord,
  MAX_ARGUMENTS,
  MAX_ENVIRONMENT,
  RECORD_KIND,
  type RecordViews,
  SOCKET_ACTION,
} from "./shared/records.ts";
export type { Scope } from "./shared/scope.ts";
export { IPPROTO_UDP, networkProgram } from "./tcp/program.ts";
