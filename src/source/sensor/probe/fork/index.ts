/** @module Probe `fork`: a process begins. What it does after that is its parent's program until it executes another. */
import { defineProbe, programOf } from "../probe.ts";
import { decodeForks } from "./decode.ts";
import { forkProgram } from "./program.ts";
import { forkRecord } from "./record.ts";

/** The probe. */
export const fork = defineProbe({
  name: "fork",
  record: forkRecord,
  life: "fork",
  isWanted: () => true,
  hook: {
    tracepoint: "sched_process_fork",
    isRequired: true,
    purpose: "parents and processes that execute nothing",
  },
  capabilities: [],
  maps: [],
  programs: (context) => [programOf(forkProgram(context))],
  decoder: decodeForks,
});
