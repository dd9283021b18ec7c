/** @module What the transcoder's memory is made from, as text: imported as a macro, as that of the scanners is. */
import { GetEventsResponse } from "../../../event/description/generated/events.ts";
import { transcodeProgram } from "./program/program.ts";
import { transcodeTable } from "./table.ts";

/** The program and the tables that it reads. */
export interface TranscodeImage {
  /** The module, in base64. */
  readonly program: string;
  /** The beginning of the memory, in base64. */
  readonly table: string;
  /** Address of the event's group. */
  readonly event: number;
}

/** The program, and Tetragon's events. */
export function transcodeImage(): TranscodeImage {
  const { bytes, event } = transcodeTable(GetEventsResponse);
  return { program: transcodeProgram().toBase64(), table: bytes.toBase64(), event };
}
