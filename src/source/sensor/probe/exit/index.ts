/** @module Probe `exit`: the last thread of a process ends. */
import { defineProbe } from "../declaration.ts";

/** The probe. */
export const exit = defineProbe({
  name: "exit",
  options: {},
  isWanted: () => true,
  hook: { tracepoint: "sched_process_exit", purpose: "process_exit" },
  capabilities: [],
  load: async () => (await import("./probe.ts")).implementation,
});
