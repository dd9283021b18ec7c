/** @module What probe `exit` does: its record, its maps and programs, and what its records mean. */
import { defineImplementation, programOf } from "../probe.ts";
import { decodeExits } from "./decode.ts";
import { exitProgram } from "./program.ts";
import { exitRecord } from "./record.ts";

/** Loaded when the probe is attached. */
export const implementation = defineImplementation({
  record: exitRecord,
  life: "exit",
  programs: (context) => [programOf(exitProgram(context))],
  decoder: decodeExits,
});
