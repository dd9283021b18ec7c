/**
 * @module What a JSON object is: an event of any type, the metadata event of an agent, or neither. A log record that
 * carries an event as text or one level down (Fluent Bit's `log`, OTLP, CloudEvents, Splunk's HEC, ECS) is neither: no
 * filter would see what is in it.
 */
import { asObject, isObject, type JsonObject } from "../lib/json/object.ts";
import { ADDED_EVENT_TYPES } from "./description/additions.ts";
import { GetEventsResponse } from "./description/generated/events.ts";
import { METADATA_EVENTS } from "./description/metadata.ts";
import { snakeName } from "./edit/names.ts";

/** Top-level fields that are no event type. */
export const COMMON_FIELDS: ReadonlySet<string> = new Set(
  [...GetEventsResponse.fields.values()].flatMap(({ name, oneof }) => (oneof === undefined ? [name] : [])),
);

/** Event types that are described, by the field that holds them. */
export const KNOWN_TYPES: ReadonlySet<string> = new Set([
  ...[...GetEventsResponse.fields.values()].flatMap(({ name, oneof }) => (oneof === undefined ? [] : [name])),
  ...ADDED_EVENT_TYPES.keys(),
]);

/** How protobuf names a field. */
const FIELD_NAME = /^[a-z][A-Za-z0-9_]*$/;

/** How a text begins that is a document itself: JSON, or JSON in base64. */
const DOCUMENT = /^\s*(?:\{\s*(?:"|\}|$)|\[\s*[[{]|eyJ[A-Za-z0-9_+/-]{12})/;

/** Metadata events of agents, by what their field `event` says. */
const METADATA: ReadonlySet<unknown> = new Set(METADATA_EVENTS);

/** Levels below which nobody looks for an event in an event. */
const MAX_LOOK = 4;

/** The event's type, as its field is named: `process_exec`. Types that the schemas lack are types too. */
export function eventType(event: JsonObject): string | undefined {
  for (const key in event) if (!COMMON_FIELDS.has(key)) return key;
  return undefined;
}

/**
 * Whether `value` is the metadata event of an agent. It has no process and nothing inside but lists of texts and numbers:
 * what has is looked at as an event, whatever it says of itself.
 */
export function isMetadata(value: JsonObject): boolean {
  if (!METADATA.has(value.event)) return false;
  for (const key in value) if (!isMetadataField(key, value[key])) return false;
  return true;
}

/** Whether a metadata event may have a field `name` that says `value`: one in which no event can be. */
export function isMetadataField(name: string, value: unknown): boolean {
  if (KNOWN_TYPES.has(name)) return false;
  return Array.isArray(value) ? value.every(isPlain) : isPlain(value);
}

function isPlain(value: unknown): boolean {
  return (typeof value !== "object" || value === null) && !isDocument(value);
}

/**
 * Why `value` holds no event, or `undefined` when it does. An event of a type that is not described holds a message,
 * and nothing that is an event itself.
 */
export function noEventReason(value: JsonObject): string | undefined {
  const others: string[] = [];
  for (const key in value) {
    if (COMMON_FIELDS.has(key)) continue;
    if (isKnownType(key) && isObject(value[key])) return undefined;
    others.push(key);
  }
  for (const key of others) {
    const message = asObject(value[key]);
    if (message === undefined || !FIELD_NAME.test(key)) continue;
    const hasProcess = isObject(message.process) || key.startsWith("process_");
    if (!hasProcess && others.length > 1) continue;
    if (!holdsEvent(message, 0)) return undefined;
  }
  const wrapped = others.find((key) => isDocument(value[key]) || holdsEvent(value[key], 0));
  if (wrapped === undefined) return "holds no event";
  return `holds no event of its own, but a document in the field ${quoted(wrapped)}`;
}

/**
 * Why a part of an event is one that no filter sees, or `undefined` when there is none: a field beside what happened in
 * which the event stands a second time, as log shippers leave it, or a second event. To protobuf the types are one
 * `oneof`, of which protojson takes a single one.
 */
export function secondEvent(value: JsonObject): string | undefined {
  let first: string | undefined;
  for (const key in value) {
    if (COMMON_FIELDS.has(key)) continue;
    const inner = value[key];
    if (isDocument(inner)) return `holds a second document in the field ${quoted(key)}`;
    if (!isObject(inner) || !(isKnownType(key) || isObject(inner.process))) continue;
    if (first !== undefined) return `holds two events, in the fields ${quoted(first)} and ${quoted(key)}`;
    first = key;
  }
  return undefined;
}

function quoted(key: string): string {
  return JSON.stringify(key.slice(0, 40));
}

function isKnownType(key: string): boolean {
  return KNOWN_TYPES.has(key) || KNOWN_TYPES.has(snakeName(key));
}

function isDocument(value: unknown): boolean {
  return typeof value === "string" && DOCUMENT.test(value);
}

/** Whether an event stands in `value`, as an object or as text. Processes are not looked into: arguments may be JSON. */
function holdsEvent(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return isDocument(value);
  if (depth === MAX_LOOK) return false;
  for (const [key, inner] of Object.entries(value)) {
    if (isKnownType(key) && isObject(inner)) return true;
    const isProcess = depth === 0 && (key === "process" || key === "parent" || key === "ancestors");
    if (!isProcess && holdsEvent(inner, depth + 1)) return true;
  }
  return false;
}
