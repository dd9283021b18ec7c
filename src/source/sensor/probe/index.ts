/** @module The sensor's programs: what they collect, where, and in which records. */
export { connectProgram } from "./connect.ts";
export { type ExecOptions, execProgram } from "./exec.ts";
export { exitProgram } from "./exit.ts";
export { forkProgram } from "./fork.ts";
export { NETWORK_HOOK, SENSOR_HOOKS } from "./hooks.ts";
export { PF_KTHREAD } from "./kernel-thread.ts";
export { MAX_SOCKETS, networkMaps, SENSOR_MAPS, sensorMaps } from "./maps.ts";
export { IPPROTO_UDP, networkProgram } from "./network.ts";
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
} from "./records.ts";
export type { Scope } from "./scope.ts";
