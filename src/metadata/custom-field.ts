/** @module `--metadata-field`: what users add to metadata events, as they write it. */

/** A custom field, and where its value is. */
export interface CustomField {
  readonly name: string;
  readonly from: "text" | "json" | "file" | "env";
  /** A text, a JSON text, a path, or the name of a variable. */
  readonly text: string;
}

/** So many fields at most. */
export const MAX_FIELDS = 32;
/** Bytes of the JSON text of one value. */
export const MAX_VALUE_BYTES = 1024;
/** Bytes of the JSON text of all names and values: one datagram has to hold them beside ours. */
export const MAX_TOTAL_BYTES = 8192;

const NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;

/** Loaded with the first field: most agents have none, and it is the description of all events. */
function eventDescription(): typeof import("../event/description/index.ts") {
  return require("../event/description/index.ts");
}

/** The same. */
function eventKinds(): typeof import("../event/kind.ts") {
  return require("../event/kind.ts");
}

/** Names that are ours now, and those of events, under which a reader would look for something else: see {@link spelling}. */
let ours: ReadonlySet<string> | undefined;

function isOurs(name: string): boolean {
  const { AgentInit, AgentRefresh, AgentStop } = eventDescription();
  ours ??= new Set(
    [
      ...[AgentInit, AgentRefresh, AgentStop].flatMap(({ fields }) => [...fields.keys()]),
      ...eventKinds().COMMON_FIELDS,
      "tetrad_truncated",
      "process",
      "parent",
      ...eventKinds().KNOWN_TYPES,
    ].map(spelling),
  );
  return ours.has(spelling(name)) || ours.has(spelling(name.split(".", 1)[0]!));
}

/**
 * The same for all that some reader takes for the same name: protobuf knows `nodeName` for `node_name`, Go does not look at case.
 * What stands before a dot is an object to others (Elasticsearch), which a field of ours is not.
 */
function spelling(name: string): string {
  return name.replace(/[_-]/g, "").toLowerCase();
}

/**
 * Reads `name=text`, `name:=JSON`, `name=@file` or `name=env:VARIABLE`.
 * @returns The field, or what is wrong with it, to follow `found`.
 */
export function parseCustomField(item: string): CustomField | string {
  const [, name, isJson, value] = /^([^=]*?)(:?)=([\s\S]*)$/.exec(item) ?? [];
  if (name === undefined || value === undefined) return "no =";
  if (!NAME.test(name)) return "a name that is not a letter and up to 63 letters, digits, _, . or - after it";
  if (isJson === ":") return json(name, value);
  if (isOurs(name)) return ourName();
  if (value.startsWith("@")) return { name, from: "file", text: value.slice(1) };
  if (value.startsWith("env:")) return { name, from: "env", text: value.slice("env:".length) };
  return valueProblem(name, value) ?? { name, from: "text", text: value };
}

function json(name: string, text: string): CustomField | string {
  if (isOurs(name)) return ourName();
  try {
    return valueProblem(name, JSON.parse(text)) ?? { name, from: "json", text };
  } catch {
    return `a value after := that is not JSON (a text needs = or quotes)`;
  }
}

function ourName(): string {
  return "a name that is the agent's own";
}

/** What is wrong with the value of a field, to follow `found`; `undefined` when it is good. */
export function valueProblem(name: string, value: unknown): string | undefined {
  const bytes = Buffer.byteLength(JSON.stringify(value));
  if (bytes > MAX_VALUE_BYTES) return `a value of ${bytes} bytes, more than ${MAX_VALUE_BYTES}`;
  const odd = (Array.isArray(value) ? value : [value]).find(isChangedOnTheWay);
  if (typeof odd === "number")
    return "a number that JSON's readers round, or cannot hold (as a text it stays as it is)";
  if (odd !== undefined) return "half a character (\\ud800 to \\udfff alone), which many readers refuse";
  if (eventKinds().isMetadataField(name, value)) return undefined;
  if (typeof value === "string") return "a value that looks like an event or another JSON document";
  return "a value with objects in it or lists in lists (name each part: rack.row=4)";
}

/** Whether not every reader of JSON gets what was written. */
function isChangedOnTheWay(value: unknown): boolean {
  if (typeof value === "string") return !value.isWellFormed();
  return (
    typeof value === "number" &&
    (Number.isInteger(value) ? !Number.isSafeInteger(value) : !Number.isFinite(value))
  );
}
