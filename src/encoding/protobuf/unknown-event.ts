/**
 * @module Events of types that the API has not had so far: in JSON they have a type that says the number of their field.
 */
import { GetEventsResponse } from "../../event/description/generated/events.ts";
import { asObject, type JsonObject } from "../../lib/json/object.ts";
import { UNKNOWN_FIELDS } from "./unknown.ts";
import { WIRE, writeVarint } from "./wire.ts";

const PREFIX = "unknown_";
const NAME = /^unknown_([1-9][0-9]{0,8})$/;
/** Numbers of fields are below it. */
const NUMBERS = 2 ** 29;
/** Bytes of a tag and of a length at most. */
const MAX_HEAD = 10;

const EVENT_TYPES = [...GetEventsResponse.fields.values()].filter(({ oneof }) => oneof !== undefined);
const KNOWN_NUMBERS = new Set([...GetEventsResponse.fields.values()].map(({ number }) => number));

/** Where the varint at `start`, which is whole, ends, and what it says. */
function readVarint(bytes: Uint8Array, start: number): { value: number; end: number } {
  let value = 0;
  let end = start;
  for (let factor = 1; end < bytes.length; factor *= 0x80) {
    const byte = bytes[end++]!;
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) break;
  }
  return { value, end };
}

/**
 * Gives an event of no known type the type of its first unknown field that may be a message: that field is no longer
 * one of the event's unknown fields.
 * @param event As it was decoded: its unknown fields are whole. It is changed.
 */
export function nameUnknownEvent(event: JsonObject): void {
  const unknown = event[UNKNOWN_FIELDS];
  if (unknown === undefined || EVENT_TYPES.some(({ name }) => event[name] !== undefined)) return;
  const bytes = Buffer.from(unknown as string, "base64");
  for (let at = 0; at < bytes.length; ) {
    const { value: tag, end: valueAt } = readVarint(bytes, at);
    const wire = tag % 8;
    const { value, end: behind } = readVarint(bytes, valueAt);
    if (wire === WIRE.bytes) {
      const rest = Buffer.concat([bytes.subarray(0, at), bytes.subarray(behind + value)]);
      const content = bytes.toString("base64", behind, behind + value);
      const others = { ...event };
      for (const key of Object.keys(event)) delete event[key];
      event[PREFIX + Math.floor(tag / 8)] = { [UNKNOWN_FIELDS]: content };
      Object.assign(event, others);
      if (rest.length > 0) event[UNKNOWN_FIELDS] = rest.toString("base64");
      else delete event[UNKNOWN_FIELDS];
      return;
    }
    at = wire === WIRE.varint ? behind : valueAt + (wire === WIRE.fixed64 ? 8 : 4);
  }
}

/**
 * The event of a type that {@link nameUnknownEvent} has made, with that type among its unknown fields again.
 * @returns `undefined` for any other event.
 */
export function withoutUnknownType(event: JsonObject, type: string): JsonObject | undefined {
  const number = Number(NAME.exec(type)?.[1]);
  const content = asObject(event[type])?.[UNKNOWN_FIELDS];
  if (!(number < NUMBERS) || KNOWN_NUMBERS.has(number) || typeof content !== "string") return undefined;
  const { [type]: _, [UNKNOWN_FIELDS]: others = "", ...known } = event;
  if (typeof others !== "string") return undefined;
  const message = Buffer.from(content, "base64");
  const head = new Uint8Array(MAX_HEAD);
  const length = writeVarint(head, writeVarint(head, 0, ((number << 3) | WIRE.bytes) >>> 0), message.length);
  const all = Buffer.concat([head.subarray(0, length), message, Buffer.from(others, "base64")]);
  return { ...known, [UNKNOWN_FIELDS]: all.toString("base64") };
}
