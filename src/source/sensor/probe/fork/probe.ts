/** @module What probe `fork` does: its record, its maps and programs, and what its records mean. */
import { defineImplementation, programOf } from "../probe.ts";
import { decodeForks } from "./decode.ts";
import { forkProgram } from "./program.ts";
import { forkRecord } from "./record.ts";

/** Loaded when the probe is attached. */
export const implementation = defineImplementation({
  record: forkRecord,
  life: "fork",
  programs: (context) => [programOf(forkProgram(context))],
  decoder: decodeForks,
});
