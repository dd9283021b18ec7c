/** @module Probe `exec`: a process becomes another program. */
import { defineProbe } from "../declaration.ts";

/** The probe. */
export const exec = defineProbe({
  name: "exec",
  options: {},
  isWanted: () => true,
  hook: { tracepoint: "sched_process_exec", purpose: "process_exec" },
  capabilities: [],
  load: async () => (await import("./probe.ts")).implementation,
});
