/** @module What all records of a type of events have in common, where the program finds it. */
import type { TableWriter } from "../../ecs/fast/table.ts";
import type { WritableBuffer } from "../../protobuf/wire.ts";
import { EVENT_NAME, SEVERITY_NUMBER, SEVERITY_TEXT } from "../fields.ts";
import { recordSeverity } from "../severity.ts";
import { writeText, writeUint } from "../wire.ts";
import { FRAME } from "./layout.ts";

const TIME_BYTES = 9;

/** The frame of one type. */
export interface Frame {
  readonly address: number;
  /** Bytes that are written behind the attributes. */
  readonly tailBytes: number;
}

/** Writes the frame of a type of events to the tables. */
export function writeFrame(memory: Buffer, table: TableWriter, type: string): Frame {
  const address = table.reserve(FRAME.bytes);
  const b = memory as WritableBuffer;
  const { number, text } = recordSeverity(type);
  const severity = address + FRAME.severity;
  const severityEnd = writeText(b, writeUint(b, severity, SEVERITY_NUMBER, number), SEVERITY_TEXT, text);
  const name = address + FRAME.name;
  const nameEnd = writeText(b, name, EVENT_NAME, type);
  if (severityEnd > name || nameEnd > address + FRAME.bytes)
    throw new RangeError("The frame of a record has no room");
  memory.writeUInt32LE(severityEnd - severity, address + FRAME.severityLength);
  memory.writeUInt32LE(nameEnd - name, address + FRAME.nameLength);
  return { address, tailBytes: TIME_BYTES + nameEnd - name };
}
