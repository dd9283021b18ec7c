/**
 * @module What a scanner's memory is made from, as text: imported as a macro, it is made when the executable is built.
 * Whoever runs the source makes it each time.
 */
import { ADDED_EVENT_TYPES } from "../description/additions.ts";
import { GetEventsResponse } from "../description/generated/events.ts";
import { scanProgram } from "./program/program.ts";
import { scanTable } from "./table.ts";

/** A program and the tables that it reads. */
export interface ScanImage {
  /** The module of {@link scanProgram}, in base64. */
  readonly program: string;
  /** The beginning of the memory, in base64. */
  readonly table: string;
  /** Address of the event's type. */
  readonly event: number;
}

/** The program, and Tetragon's events. */
export function scanImage(): ScanImage {
  const { bytes, event } = scanTable({ message: GetEventsResponse, added: ADDED_EVENT_TYPES.keys() });
  return { program: scanProgram().toBase64(), table: bytes.toBase64(), event };
}
