/** @module What probe `tcp` does: its record, its maps and programs, and what its records mean. */
import { defineImplementation, programOf } from "../probe.ts";
import { socketRecord } from "../shared/socket-record.ts";
import { decodeTcp } from "./decode.ts";
import { TCP_MAPS } from "./maps.ts";
import { tcpProgram } from "./program.ts";

/** Loaded when the probe is attached. */
export const implementation = defineImplementation({
  record: socketRecord,
  maps: TCP_MAPS,
  programs: (context) => [programOf(tcpProgram(context))],
  decoder: decodeTcp,
});
