/** @module What probe `move` does: its record, its maps and programs, and what its records mean. */
import { defineImplementation, programOf } from "../probe.ts";
import { moveProgram } from "./program.ts";
import { moveRecord } from "./record.ts";

/** Loaded when the probe is attached. */
export const implementation = defineImplementation({
  record: moveRecord,
  programs: (context) => [programOf(moveProgram(context))],
  decoder: ({ processes }) => ({ decode: (record) => processes.moved(record) }),
});
