/** @module What the header of a format says of an event, out of the event as a whole: any event, and metadata. */
import { COMMON_FIELDS } from "../event/kind.ts";
import { asBuffer } from "../lib/bytes.ts";

/** Texts are JSON without its quotes, one character a byte; empty where there is none. */
export interface HeaderFields {
  readonly type: string;
  readonly time: string;
  readonly host: string;
}

/** Members that are texts. Metadata names them otherwise; `event` is its type. */
const FIELDS: ReadonlyMap<string, keyof HeaderFields> = new Map([
  ["time", "time"],
  ["@timestamp", "time"],
  ["node_name", "host"],
  ["hostname", "host"],
  ["event", "type"],
]);

/** Reads the event. What is no JSON object has none. */
export function headerFields(bytes: Uint8Array, start: number, end: number): HeaderFields {
  const fields = { type: "", time: "", host: "" };
  for (const [key, value] of membersOf(asBuffer(bytes).toString("utf8", start, end))) {
    const name = FIELDS.get(key);
    if (typeof value === "string") {
      if (name !== undefined && fields[name] === "") fields[name] = jsonText(value);
    } else if (fields.type === "" && typeof value === "object" && !COMMON_FIELDS.has(key)) {
      fields.type = jsonText(key);
    }
  }
  return fields;
}

function membersOf(text: string): [string, unknown][] {
  try {
    const event: unknown = JSON.parse(text);
    return typeof event === "object" && event !== null ? Object.entries(event) : [];
  } catch {
    return [];
  }
}

/** The text as JSON without its quotes, one character a byte. */
function jsonText(text: string): string {
  return Buffer.from(JSON.stringify(text).slice(1, -1)).toString("latin1");
}

/** What such a text says, one character a byte. */
export function plainText(json: string): string {
  if (!json.includes("\\")) return json;
  try {
    return Buffer.from(JSON.parse(`"${Buffer.from(json, "latin1").toString()}"`) as string).toString(
      "latin1",
    );
  } catch {
    return "";
  }
}
