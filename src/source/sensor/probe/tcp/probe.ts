/** @module What probe `tcp` does: its record, its maps and programs, and what its records mean. */
import { defineImplementation, programOf } from "../probe.ts";
import { socketRecord } from "../shared/socket-record.ts";
import { decodeTcp } from "./decode.ts";
import { tcpMaps } from "./maps.ts";
import { socketMemory } from "./memory.ts";
import { tcpProgram } from "./program.ts";

/** Loaded when the probe is attached. */
export const implementation = defineImplementation({
  record: socketRecord,
  maps: ({ types }) => tcpMaps(socketMemory(types)),
  programs: (context) => [programOf(tcpProgram(context, socketMemory(context.types)))],
  decoder: decodeTcp,
});
