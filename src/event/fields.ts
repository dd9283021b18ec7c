/** @module The paths of fields, as field masks name them. */
import type { MessageDescriptor } from "./description/descriptor.ts";
import { GetEventsResponse } from "./description/generated/events.ts";

/** The messages of Tetragon's event types, by the field that holds them: `process_exec`. */
export function eventTypes(): ReadonlyMap<string, MessageDescriptor> {
  const types = new Map<string, MessageDescriptor>();
  for (const { name, oneof, type } of GetEventsResponse.fields.values()) {
    if (oneof !== undefined && type.kind === "message") types.set(name, type);
  }
  return types;
}

/**
 * The paths of all fields of events, as field masks name them: `process`, `process.pod.name`. A path leads
 * through the items of lists; it ends at maps, whose keys are not fields.
 * @param names Types whose fields are meant, named as in events.
 * @default All of Tetragon's.
 */
export function fieldPaths(names?: readonly string[]): ReadonlySet<string> {
  const types = eventTypes();
  const paths = new Set<string>();
  for (const name of names ?? types.keys()) {
    const message = types.get(name);
    if (message !== undefined) addPaths(message, "", paths);
  }
  return paths;
}

function addPaths(message: MessageDescriptor, prefix: string, paths: Set<string>): void {
  for (const { name, type } of message.fields.values()) {
    paths.add(prefix + name);
    if (type.kind === "message") addPaths(type, `${prefix}${name}.`, paths);
  }
}
