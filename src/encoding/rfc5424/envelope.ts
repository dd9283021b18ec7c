/**
 * @module An event as a syslog message: RFC 5424, over UDP as RFC 5426 says. The message is the event's JSON as it came, without
 * a byte order mark (`MSG-ANY`): receivers that parse JSON would stumble over it.
 */
import type { Envelope } from "../envelope.ts";
import { type HeaderFields, headerFields, plainText } from "../header-fields.ts";
import { severityOf } from "../severity.ts";

/** RFC 5424, section 6. */
const LONGEST_HOST = 255;
const LONGEST_MESSAGE_ID = 32;
/** A type that is longer is none of Tetragon's. */
const LONGEST_PARAMETER = 128;
/** Nanoseconds have no place in it: six digits of a second are the most. */
const TIME =
  /^(\d{4}-(?:0\d|1[0-2])-[0-3]\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)(\.\d{1,6})?\d*(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;
const NIL = "-";

/** @param facility Its number. @param pid Of the agent. */
export function createRfc5424(facility: number, pid: number): Envelope {
  const fields: HeaderFields = { type: "", time: "", host: "" };
  return {
    write(source, start, end, target, at) {
      headerFields(source, start, end, fields);
      const header = headerOf(fields, facility, pid);
      const after = at + header.length + end - start;
      if (after > target.length) return after;
      target.write(header, at, "latin1");
      source.copy(target, at + header.length, start, end);
      return after;
    },
  };
}

/** Everything before the message, one character a byte. */
function headerOf({ type, time, host }: HeaderFields, facility: number, pid: number): string {
  const name = plainText(type);
  const priority = facility * 8 + severityOf(name);
  const id = printable(name, LONGEST_MESSAGE_ID);
  const parameter = escaped(name);
  return `<${priority}>1 ${timestamp(time)} ${printable(plainText(host), LONGEST_HOST)} tetrad ${pid} ${id} [event@32473 type="${parameter}"] `;
}

function timestamp(time: string): string {
  const parts = TIME.exec(time);
  return parts === null ? NIL : `${parts[1]}${parts[2] ?? ""}${parts[3]}`;
}

/** Printable ASCII without spaces, of at most so many characters. */
function printable(text: string, most: number): string {
  return text.slice(0, most).replace(/[^!-~]/g, "?") || NIL;
}

/** RFC 5424, section 6.3.3. Cut before a byte that begins a character. */
function escaped(text: string): string {
  let end = Math.min(text.length, LONGEST_PARAMETER);
  while (end < text.length && (text.charCodeAt(end) & 0xc0) === 0x80) end--;
  return text.slice(0, end).replace(/["\\\]]/g, "\\$&");
}
