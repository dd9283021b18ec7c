/** @module What probe `exec` does: its record, its maps and programs, and what its records mean. */
import { containerHierarchy, nodeRoot } from "../../scope/cgroup-hierarchy.ts";
import { DEFAULT_MAX_ARGUMENTS_SIZE } from "../../settings.ts";
import { defineImplementation, programOf } from "../probe.ts";
import { decodeExecs } from "./decode.ts";
import { execProgram } from "./program.ts";
import { execRecord } from "./record.ts";

/** Loaded when the probe is attached. */
export const implementation = defineImplementation({
  record: execRecord,
  life: "exec",
  programs(context) {
    const hierarchy = containerHierarchy(context.procfs);
    const { credentials, namespaces, usernames, environment, maxArgumentsSize } = context.settings;
    return [
      programOf(
        execProgram(context, {
          credentials: credentials === true,
          namespaces: namespaces === true || usernames === true,
          environment: environment === true,
          maxArgumentsSize: maxArgumentsSize ?? DEFAULT_MAX_ARGUMENTS_SIZE,
          cgroupSubsystem: hierarchy?.subsystem,
          nodeCgroup: nodeRoot(context.procfs, hierarchy).id,
        }),
      ),
    ];
  },
  decoder: decodeExecs,
});
