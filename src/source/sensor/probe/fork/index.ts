/** @module Probe `fork`: a process begins. What it does after that is its parent's program until it executes another. */
import { defineProbe } from "../declaration.ts";

/** The probe. */
export const fork = defineProbe({
  name: "fork",
  options: {},
  isWanted: () => true,
  hook: {
    tracepoint: "sched_process_fork",
    purpose: "parents and processes that execute nothing",
  },
  capabilities: [],
  load: async () => (await import("./probe.ts")).implementation,
});
