/**
 * @module An event as a GELF 1.1 message. GELF's fields are texts and numbers only, so the event is the text of
 * `full_message`: JSON in JSON, from which a receiver gets the event's bytes as they came.
 */
import type { Envelope } from "../envelope.ts";
import { type HeaderFields, headerFields, plainText } from "../header-fields.ts";
import { severityOf } from "../severity.ts";

const TIME = /^(.{19})(\.\d{1,6})?\d*(Z|[+-]\d\d:\d\d)$/;
/** GELF needs a host. */
const NO_HOST = "unknown";
const NO_TYPE = "unknown";
const END = 0x7d;

/** The envelope of one exporter. */
export function createGelf(): Envelope {
  const fields: HeaderFields = { type: "", time: "", host: "" };
  return {
    write(source, start, end, target, at) {
      headerFields(source, start, end, fields);
      const head = headOf(fields);
      // One character a byte: what is escaped in JSON is ASCII, and all else stays as it is.
      const text = JSON.stringify(source.toString("latin1", start, end));
      const after = at + head.length + text.length + 1;
      if (after > target.length) return after;
      target.write(head, at, "latin1");
      target.write(text, at + head.length, "latin1");
      target[after - 1] = END;
      return after;
    },
  };
}

function headOf({ type, time, host }: HeaderFields): string {
  const name = type || NO_TYPE;
  const stamp = timestamp(time);
  return `{"version":"1.1","host":"${host || NO_HOST}","short_message":"${name}",${stamp}"level":${severityOf(plainText(name))},"_event_type":"${name}","full_message":`;
}

/** Seconds since 1970 as a member of the object, or nothing. */
function timestamp(time: string): string {
  const parts = TIME.exec(time);
  if (parts === null) return "";
  const milliseconds = Date.parse(`${parts[1]}${parts[3]}`);
  // What is before 1970 counts back from there, and its fraction does not.
  return milliseconds >= 0 ? `"timestamp":${milliseconds / 1000}${parts[2] ?? ""},` : "";
}
