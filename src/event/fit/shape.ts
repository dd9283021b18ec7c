/** @module What may be shortened in an event, read off the event schemas. */
import type * as v from "valibot";
import { entriesOf, type SchemaNode, schemaNode } from "../fields.ts";
import { AgentInit } from "../schema/agent-init.ts";
import { GetEventsResponse } from "../schema/event.ts";
import type { FitMetadata } from "../schema/message.ts";

/**
 * What a value is to the one who shortens it:
 * `fixed` stays as it is (numbers, enums, times, identities); `text` may be shortened; `last` may be shortened
 * when nothing else is left; `base64` may be cut to whole bytes; of a `list` or a `map` the tail may be cut, and of
 * a `message` the fields that it does not know. What no schema knows is `unknown`.
 */
export type Shape =
  | { readonly kind: "fixed" | "text" | "last" | "base64" | "unknown" }
  | { readonly kind: "list"; readonly item: Shape }
  | { readonly kind: "map"; readonly item: Shape }
  | { readonly kind: "message"; readonly fields: ReadonlyMap<string, Shape>; readonly unknownObject?: Shape };

/** The top-level field that says that something is missing. */
export const MARK = "tetrad_truncated";

export const FIXED: Shape = { kind: "fixed" };
export const UNKNOWN: Shape = { kind: "unknown" };
const TEXT: Shape = { kind: "text" };
const LAST: Shape = { kind: "last" };
const BASE64: Shape = { kind: "base64" };

/** Makes shapes of schemas, each once. */
class Shapes {
  readonly #shapes = new Map<SchemaNode, Shape>();
  /** Names of fields that stay as they are in some message. */
  readonly fixedNames = new Set<string>();

  of(node: SchemaNode): Shape {
    let shape = this.#shapes.get(node);
    if (shape === undefined) {
      shape = this.#make(node);
      this.#shapes.set(node, shape);
    }
    return shape;
  }

  #make(node: SchemaNode): Shape {
    if (node.wrapped !== undefined) return this.of(node.wrapped);
    const entries = entriesOf(node);
    if (entries !== undefined) return { kind: "message", fields: this.#fields(entries) };
    const pipe = node.pipe ?? [node];
    if (pipe.some((item) => item.type === "record")) return { kind: "map", item: TEXT };
    if (node.type === "array") return { kind: "list", item: this.of(node.item!) };
    if (node.type === "custom" && node.message === "base64") return BASE64;
    if (pipe[0]!.type !== "string") return FIXED;
    const metadata = pipe.find((item) => item.metadata !== undefined)?.metadata as FitMetadata | undefined;
    if (metadata === undefined) return TEXT;
    return metadata.shorten === "last" ? LAST : FIXED;
  }

  #fields(entries: Readonly<Record<string, SchemaNode>>): Map<string, Shape> {
    const fields = new Map<string, Shape>();
    for (const [name, node] of Object.entries(entries)) {
      const shape = this.of(node);
      fields.set(name, shape);
      if (shape.kind === "fixed") this.fixedNames.add(name);
    }
    return fields;
  }
}

const shapes = new Shapes();

function messageFields(schema: v.GenericSchema): ReadonlyMap<string, Shape> {
  const shape = shapes.of(schemaNode(schema));
  return shape.kind === "message" ? shape.fields : new Map();
}

/** A message with the fields of all event types: a type that the schemas lack has a process too. */
function anyEventType(fields: ReadonlyMap<string, Shape>): Shape {
  const all = new Map<string, Shape>();
  for (const shape of fields.values()) {
    if (shape.kind !== "message") continue;
    for (const [name, field] of shape.fields) if (!all.has(name)) all.set(name, field);
  }
  return { kind: "message", fields: all };
}

function marked(fields: ReadonlyMap<string, Shape>): ReadonlyMap<string, Shape> {
  return new Map([...fields, [MARK, FIXED]]);
}

const eventFields = messageFields(GetEventsResponse);

/** The metadata event. */
export const AGENT_INIT: Shape = { kind: "message", fields: marked(messageFields(AgentInit)) };

/** An event. */
export const EVENT: Shape = {
  kind: "message",
  fields: marked(eventFields),
  unknownObject: anyEventType(eventFields),
};

/** Names of fields that stay as they are, also where no schema knows the message that they are in. */
export const FIXED_NAMES: ReadonlySet<string> = shapes.fixedNames;
