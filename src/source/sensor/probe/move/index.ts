/** @module Probe `move`: a process is moved into the cgroup that is the scope. */
import { defineProbe } from "../declaration.ts";

/** The probe. */
export const move = defineProbe({
  name: "move",
  options: {},
  isWanted: (values) => String(values["sensor-scope"] ?? "").startsWith("cgroup:"),
  hook: { tracepoint: "cgroup_attach_task", purpose: "processes that are moved into a cgroup scope" },
  capabilities: [],
  withoutIt: "what processes are that are moved into the scope",
  load: async () => (await import("./probe.ts")).implementation,
});
