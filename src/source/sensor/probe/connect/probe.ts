/** @module What probe `connect` does: its record, its maps and programs, and what its records mean. */
import { TetradError } from "../../../../os/error.ts";
import { cgroup2Mount } from "../../scope/cgroup-hierarchy.ts";
import { defineImplementation, programAt } from "../probe.ts";
import { socketRecord } from "../shared/socket-record.ts";
import { decodeConnects } from "./decode.ts";
import { connectProgram } from "./program.ts";

/** Loaded when the probe is attached. */
export const implementation = defineImplementation({
  record: socketRecord,
  programs(context) {
    const directory = cgroup2Mount(context.procfs);
    if (directory === undefined) throw new TetradError("unsupported", "no cgroup v2 hierarchy is mounted");
    return ([4, 6] as const).map((family) => programAt(connectProgram(context, family), { directory }));
  },
  decoder: decodeConnects,
});
