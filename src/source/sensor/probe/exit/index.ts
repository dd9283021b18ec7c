/** @module Probe `exit`: the last thread of a process ends. */
import { defineProbe, programOf } from "../probe.ts";
import { decodeExits } from "./decode.ts";
import { exitProgram } from "./program.ts";
import { exitRecord } from "./record.ts";

/** The probe. */
export const exit = defineProbe({
  name: "exit",
  record: exitRecord,
  life: "exit",
  isWanted: () => true,
  hook: { tracepoint: "sched_process_exit", isRequired: true, purpose: "process_exit" },
  capabilities: [],
  maps: [],
  programs: (context) => [programOf(exitProgram(context))],
  decoder: decodeExits,
});
