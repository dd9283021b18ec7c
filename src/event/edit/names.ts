/**
 * @module The names of fields: protobuf's JSON has each in two spellings, `parent_exec_id` and `parentExecId`, which
 * are the same field to every reader.
 */
import type { JsonObject } from "../../lib/json/object.ts";
import { isObject } from "../../lib/json/object.ts";
import { type FieldDescriptor, MessageDescriptor } from "../description/descriptor.ts";
import { GetEventsResponse } from "../description/generated/events.ts";
import { ProcessExec } from "../description/generated/tetragon.ts";

/** `parentExecId` as `parent_exec_id`. */
export function snakeName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** The field of `message` that is called `name`, in either spelling. */
export function fieldNamed(message: MessageDescriptor, name: string): FieldDescriptor | undefined {
  return message.fields.get(name) ?? message.fields.get(snakeName(name));
}

/** The message that the values of a field are, if they are messages: an event type that nobody knows has processes. */
export function messageIn(
  message: MessageDescriptor,
  field: FieldDescriptor | undefined,
): MessageDescriptor | undefined {
  if (field === undefined) return message === GetEventsResponse ? ProcessExec : undefined;
  return field.type instanceof MessageDescriptor ? field.type : undefined;
}

/**
 * `event` with all known fields under the names that they have in the proto files, or `event` itself when they are.
 */
export function withProtoNames(event: JsonObject): JsonObject {
  return renamed(event, GetEventsResponse) as JsonObject;
}

function renamed(value: unknown, message: MessageDescriptor): unknown {
  if (Array.isArray(value)) return mapped(value, message);
  if (!isObject(value)) return value;
  let isChanged = false;
  const entries = Object.entries(value).map(([name, inner]): [string, unknown] => {
    const field = fieldNamed(message, name);
    const type = messageIn(message, field);
    const isMap = field?.cardinality === "map";
    const kept = type === undefined || isMap ? inner : renamed(inner, type);
    const to = field?.name ?? name;
    isChanged ||= kept !== inner || to !== name;
    return [to, kept];
  });
  return isChanged ? Object.fromEntries(entries) : value;
}

function mapped(values: readonly unknown[], message: MessageDescriptor): readonly unknown[] {
  const items = values.map((value) => renamed(value, message));
  return items.some((item, index) => item !== values[index]) ? items : values;
}
