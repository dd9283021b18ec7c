/** @module The fields of messages, read off the event schemas. */
import type * as v from "valibot";
import { EventType } from "./schema/enum.ts";
import { GetEventsResponse } from "./schema/event.ts";

/** What is read of a valibot schema. Which of these are there depends on `type`. */
export interface SchemaNode {
  readonly type: string;
  readonly wrapped?: SchemaNode;
  readonly item?: SchemaNode;
  readonly pipe?: readonly SchemaNode[];
  readonly entries?: Readonly<Record<string, SchemaNode>>;
  /** What a custom schema expects, in words. */
  readonly message?: unknown;
  readonly metadata?: unknown;
}

/** `schema` as the walkers see it. */
export function schemaNode(schema: v.GenericSchema): SchemaNode {
  return schema as unknown as SchemaNode;
}

/** The fields of the message that `node` describes, if it is one; each may be wrapped. */
export function entriesOf(node: SchemaNode): Readonly<Record<string, SchemaNode>> | undefined {
  return (node.pipe ?? [node]).find(({ entries }) => entries !== undefined)?.entries;
}

/** The event types, named as in events: `process_exec`. */
const EVENT_TYPES = Object.keys(EventType).map((name) => name.toLowerCase());

/**
 * The paths of all fields of events, as field masks name them: `process`, `process.pod.name`. A path leads
 * through the items of lists; it ends at maps, whose keys are no fields.
 * @param eventTypes Types whose fields are meant, named as in events.
 * @default All of Tetragon's.
 */
export function fieldPaths(eventTypes: readonly string[] = EVENT_TYPES): ReadonlySet<string> {
  const messages = entriesOf(schemaNode(GetEventsResponse))!;
  const paths = new Set<string>();
  for (const type of eventTypes) if (Object.hasOwn(messages, type)) addPaths(messages[type]!, "", paths);
  return paths;
}

function addPaths(node: SchemaNode, prefix: string, paths: Set<string>): void {
  const inner = node.wrapped ?? node;
  for (const [name, field] of Object.entries(entriesOf(inner.item ?? inner) ?? {})) {
    paths.add(prefix + name);
    addPaths(field, `${prefix}${name}.`, paths);
  }
}
