/** @module What may be shortened in an event, derived from descriptors and what is annotated of their fields. */
import { annotationOf } from "../description/annotations.ts";
import type { FieldDescriptor, MessageDescriptor } from "../description/descriptor.ts";
import { GetEventsResponse } from "../description/generated/events.ts";
import { METADATA_EVENTS, METADATA_MESSAGES } from "../description/metadata.ts";

/**
 * What a value is to the one who shortens it:
 * `fixed` stays as it is (numbers, enums, times, identities); `text` may be shortened; `last` may be shortened
 * when nothing else is left; `base64` may be cut to whole bytes; of a `list` or a `map` the tail may be cut, and of
 * a `message` the fields that it does not know. What no message has is `unknown`.
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

/** The shapes of all that is sent. */
export interface Shapes {
  readonly event: Shape;
  /** Metadata events by name. */
  readonly metadata: ReadonlyMap<unknown, Shape>;
  /** Names of fields that stay as they are, even where no descriptor knows the message that they are in. */
  readonly fixedNames: ReadonlySet<string>;
}

type Fields = ReadonlyMap<string, Shape>;

/** Makes the shapes of messages, each once. */
class ShapeMaker {
  readonly #fields = new Map<MessageDescriptor, Fields>();
  readonly fixedNames = new Set<string>();

  fieldsOf(message: MessageDescriptor): Fields {
    const known = this.#fields.get(message);
    if (known !== undefined) return known;
    const fields = new Map<string, Shape>();
    for (const field of message.fields.values()) {
      const shape = this.#shapeOf(message, field);
      fields.set(field.name, shape);
      if (shape.kind === "fixed") this.fixedNames.add(field.name);
    }
    this.#fields.set(message, fields);
    return fields;
  }

  #shapeOf(message: MessageDescriptor, field: FieldDescriptor): Shape {
    const item = this.#itemShape(message, field);
    switch (field.cardinality) {
      case "single":
        return item;
      case "repeated":
        return { kind: "list", item };
      case "map":
        return { kind: "map", item };
    }
  }

  #itemShape(message: MessageDescriptor, field: FieldDescriptor): Shape {
    const { type } = field;
    if (type.kind === "message") return { kind: "message", fields: this.fieldsOf(type) };
    if (type.kind === "bytes") return BASE64;
    if (type.kind !== "string") return FIXED;
    const { shorten } = annotationOf(message, field);
    if (shorten === undefined) return TEXT;
    return shorten === "last" ? LAST : FIXED;
  }
}

/** A message with the fields of all event types: a type that the API lacks has a process too. */
function anyEventType(fields: Fields): Shape {
  const all = new Map<string, Shape>();
  for (const shape of fields.values()) {
    if (shape.kind !== "message") continue;
    for (const [name, field] of shape.fields) if (!all.has(name)) all.set(name, field);
  }
  return { kind: "message", fields: all };
}

function makeShapes(): Shapes {
  const maker = new ShapeMaker();
  const events = maker.fieldsOf(GetEventsResponse);
  const marked = (fields: Fields): Fields => new Map([...fields, [MARK, FIXED]]);
  return {
    event: { kind: "message", fields: marked(events), unknownObject: anyEventType(events) },
    metadata: new Map(
      METADATA_EVENTS.map((name) => [
        name,
        { kind: "message", fields: marked(maker.fieldsOf(METADATA_MESSAGES[name])) },
      ]),
    ),
    fixedNames: maker.fixedNames,
  };
}

let made: Shapes | undefined;

/** The shapes, made when first asked for: most events fit. */
export function shapes(): Shapes {
  made ??= makeShapes();
  return made;
}
