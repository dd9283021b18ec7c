/** @module The command by which the executable is the process that opens perf events; no help has it. */
export const OPENER_COMMAND = "__open-perf-events";
