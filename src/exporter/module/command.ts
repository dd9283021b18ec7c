/** @module The commands by which the executable is a process of its own for an exporter module; no help has them. */
export const KEEPER_COMMAND = "__keep-module";
export const RUNNER_COMMAND = "__run-module";
