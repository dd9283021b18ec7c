/** @module Probe `exec`: a process becomes another program. */
import { containerHierarchy } from "../../scope/cgroup-hierarchy.ts";
import { defineProbe, programOf } from "../probe.ts";
import { decodeExecs } from "./decode.ts";
import { execProgram } from "./program.ts";
import { execRecord } from "./record.ts";

/** The probe. */
export const exec = defineProbe({
  name: "exec",
  record: execRecord,
  life: "exec",
  isWanted: () => true,
  hook: { tracepoint: "sched_process_exec", isRequired: true, purpose: "process_exec" },
  capabilities: [],
  maps: [],
  programs(context) {
    const { credentials, namespaces, usernames, environment } = context.settings;
    return [
      programOf(
        execProgram(context, {
          credentials: credentials === true,
          namespaces: namespaces === true || usernames === true,
          environment: environment === true,
          cgroupSubsystem: containerHierarchy(context.procfs),
        }),
      ),
    ];
  },
  decoder: decodeExecs,
});
