/** @module Which types a message leads to. */
import type { EnumDescriptor, MessageDescriptor } from "./descriptor.ts";

/** Types by their full names. */
export interface Types {
  readonly messages: ReadonlyMap<string, MessageDescriptor>;
  readonly enums: ReadonlyMap<string, EnumDescriptor>;
}

/** `roots`, and all types of their fields, of the fields of those, and so on. */
export function typesWithin(...roots: readonly MessageDescriptor[]): Types {
  const messages = new Map<string, MessageDescriptor>();
  const enums = new Map<string, EnumDescriptor>();
  const waiting = [...roots];
  for (let message = waiting.pop(); message !== undefined; message = waiting.pop()) {
    if (messages.has(message.name)) continue;
    messages.set(message.name, message);
    for (const { type } of message.fields.values()) {
      if (type.kind === "message") waiting.push(type);
      else if (type.kind === "enum") enums.set(type.name, type);
    }
  }
  return { messages, enums };
}
