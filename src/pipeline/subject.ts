/** @module The parts of an event that filters and redaction look at, found once for each event. */
import { EventType } from "../event/description/index.ts";
import { COMMON_FIELDS } from "../event/kind.ts";
import { asObject, type JsonObject } from "../lib/json/object.ts";

/** Field names of the event types that Tetragon has, to their numbers. */
const TYPE_NUMBERS: ReadonlyMap<string, number> = new Map(
  Object.entries(EventType)
    .filter(([name]) => name !== "UNDEF")
    .map(([name, number]) => [name.toLowerCase(), number]),
);

/** The number in `EventType` of the events that have what happened in `field`; 0 when Tetragon has none. */
export function typeNumberOf(field: string): number {
  return TYPE_NUMBERS.get(field) ?? 0;
}

/** Whether `field` of an event holds what happened, and not where and when. */
export function isEventField(field: string): boolean {
  return !COMMON_FIELDS.has(field);
}

/** The string in `field` of `message`; absent, null and the empty string are the same to protobuf. */
export function stringField(message: JsonObject, field: string): string {
  const value = message[field];
  return typeof value === "string" ? value : "";
}

const NONE: readonly unknown[] = [];

/**
 * One event as filters see it. There is one subject, reused for every event, so that nothing is allocated.
 *
 * An event of a type that Tetragon does not have (`process_connect` of older versions) is looked at like the
 * others: if it has a process, filters on processes see it. Its number is that of `UNDEF`.
 */
export class Subject {
  /** The whole event. */
  event: JsonObject = {};
  /** The event's type as its field is named: `process_exec`; empty when there is none. */
  type = "";
  /** Number in `EventType`, 0 when the type is not one of Tetragon's. */
  typeNumber = 0;
  /** What happened: the value of the type's field. */
  payload: JsonObject | undefined;
  process: JsonObject | undefined;
  parent: JsonObject | undefined;

  /** Looks at `event` from now on. */
  set(event: JsonObject): void {
    this.event = event;
    this.type = "";
    this.typeNumber = 0;
    let payload: JsonObject | undefined;
    for (const field in event) {
      const number = TYPE_NUMBERS.get(field);
      if (number === undefined && (this.type !== "" || COMMON_FIELDS.has(field))) continue;
      const value = asObject(event[field]);
      if (value === undefined) continue;
      this.type = field;
      payload = value;
      if (number === undefined) continue;
      this.typeNumber = number;
      break;
    }
    this.payload = payload;
    this.process = payload && asObject(payload.process);
    this.parent = payload && asObject(payload.parent);
  }

  /** The pod of the process. */
  get pod(): JsonObject | undefined {
    return this.process && asObject(this.process.pod);
  }

  /** The processes above the parent. */
  get ancestors(): readonly unknown[] {
    const ancestors = this.payload?.ancestors;
    return Array.isArray(ancestors) ? ancestors : NONE;
  }
}
