/**
 * @module JSON Schemas (draft 2020-12) derived from descriptors: of each event type, of each metadata event, and of any
 * event. protojson's rules: null is the same as absent; unknown fields pass.
 */
import { ADDED_EVENT_TYPES } from "../description/additions.ts";
import { type FieldDescriptor, field, MessageDescriptor, type ValueType } from "../description/descriptor.ts";
import { GetEventsResponse } from "../description/generated/events.ts";
import { METADATA_MESSAGES } from "../description/metadata.ts";
import { typesWithin } from "../description/reach.ts";
import { enumJsonSchema, type JsonSchema, SIMPLE_JSON_SCHEMAS } from "./value.ts";

const DRAFT = "https://json-schema.org/draft/2020-12/schema";

/** Keys of maps that the validator leaves out, since they could reach a prototype. */
const UNREAD_KEYS = "^(?:__proto__|prototype|constructor)$";

const reference = (name: string): JsonSchema => ({ $ref: `#/$defs/${name}` });

function schemaOfValue(type: ValueType): JsonSchema {
  switch (type.kind) {
    case "message":
    case "enum":
      return reference(type.name);
    case "literal":
      return { const: type.value };
    default:
      return SIMPLE_JSON_SCHEMAS[type.kind];
  }
}

function cardinal({ cardinality, type }: FieldDescriptor): JsonSchema {
  switch (cardinality) {
    case "single":
      return schemaOfValue(type);
    case "repeated":
      return { type: "array", items: schemaOfValue(type) };
    case "map":
      return {
        type: "object",
        patternProperties: { [UNREAD_KEYS]: true },
        additionalProperties: schemaOfValue(type),
      };
  }
}

function property(declared: FieldDescriptor): JsonSchema {
  const schema = cardinal(declared);
  const nullable = declared.presence === "nullish" ? { anyOf: [schema, { type: "null" }] } : schema;
  return declared.isDeprecated ? { ...nullable, deprecated: true } : nullable;
}

function objectOf(fields: Iterable<FieldDescriptor>): JsonSchema {
  const all = [...fields];
  const required = all.filter(({ presence }) => presence === "required").map(({ name }) => name);
  return {
    type: "object",
    properties: Object.fromEntries(all.map((declared) => [declared.name, property(declared)])),
    ...(required.length > 0 ? { required } : {}),
    additionalProperties: true,
  };
}

function document(name: string, root: MessageDescriptor): JsonSchema {
  const { messages, enums } = typesWithin(root);
  const definitions = [
    ...[...messages].map(([key, message]) => [key, objectOf(message.fields.values())] as const),
    ...[...enums].map(([key, { table }]) => [key, enumJsonSchema(Object.keys(table))] as const),
  ].filter(([key]) => key !== root.name);
  return {
    $schema: DRAFT,
    $id: `urn:tetrad:schema:${name}`,
    title: name,
    ...objectOf(root.fields.values()),
    $defs: Object.fromEntries(definitions.toSorted(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/** An event of one type: what stands beside the event, and the event, which is there. */
function envelope(name: string, message: MessageDescriptor): MessageDescriptor {
  const beside = [...GetEventsResponse.fields.values()].filter(({ oneof }) => oneof === undefined);
  const event = field(name, undefined, message, { presence: "required" });
  return new MessageDescriptor(`tetrad.${name}`, () => [event, ...beside]);
}

/** The schema of any event of Tetragon's API. */
export function eventJsonSchema(): JsonSchema {
  return document("event", GetEventsResponse);
}

function roots(): Map<string, () => MessageDescriptor> {
  const found = new Map<string, () => MessageDescriptor>();
  for (const { name, type, oneof } of GetEventsResponse.fields.values())
    if (oneof !== undefined && type.kind === "message") found.set(name, () => envelope(name, type));
  for (const [name, message] of ADDED_EVENT_TYPES) found.set(name, () => envelope(name, message));
  for (const [name, message] of Object.entries(METADATA_MESSAGES)) found.set(name, () => message);
  return found;
}

/** The names of all event types and metadata events that have a schema. */
export function jsonSchemaNames(): string[] {
  return [...roots().keys()];
}

/** The schema of one event type or metadata event; `undefined` where there is none of that name. */
export function jsonSchemaOf(name: string): JsonSchema | undefined {
  const root = roots().get(name);
  return root === undefined ? undefined : document(name, root());
}
