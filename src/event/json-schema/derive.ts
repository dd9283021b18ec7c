/**
 * @module JSON Schemas (draft 2020-12) derived from descriptors: of each event type, of each metadata event, and of any
 * event. protojson's rules: null is the same as absent; unknown fields pass.
 */
import type { FieldDescriptor, MessageDescriptor, ValueType } from "../description/descriptor.ts";
import { COMMENTS } from "../description/generated/comments.ts";
import { ownComment } from "../description/own-comments.ts";
import { typesWithin } from "../description/reach.ts";
import { rootOf } from "./roots.ts";
import { enumJsonSchema, type JsonSchema, SIMPLE_JSON_SCHEMAS } from "./value.ts";

const DRAFT = "https://json-schema.org/draft/2020-12/schema";

/** Keys of maps that the validator leaves out, since they could reach a prototype. */
const UNREAD_KEYS = "^(?:__proto__|prototype|constructor)$";

function description(text: string | undefined): JsonSchema {
  return text === undefined ? {} : { description: text };
}

function commentOf(message: string, field?: string): string | undefined {
  const name = field === undefined ? message : `${message}.${field}`;
  return Object.hasOwn(COMMENTS, name) ? COMMENTS[name] : ownComment(message, field);
}

function schemaOfValue(type: ValueType): JsonSchema {
  switch (type.kind) {
    case "message":
    case "enum":
      return { $ref: `#/$defs/${type.name}` };
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

function property(message: MessageDescriptor, field: FieldDescriptor): JsonSchema {
  const schema = cardinal(field);
  return {
    ...description(commentOf(message.name, field.name)),
    ...(field.presence === "nullish" ? { anyOf: [schema, { type: "null" }] } : schema),
    ...(field.isDeprecated ? { deprecated: true } : {}),
  };
}

function objectOf(message: MessageDescriptor): JsonSchema {
  const fields = [...message.fields.values()];
  const required = fields.filter(({ presence }) => presence === "required").map(({ name }) => name);
  return {
    type: "object",
    properties: Object.fromEntries(fields.map((field) => [field.name, property(message, field)])),
    ...(required.length > 0 ? { required } : {}),
    additionalProperties: true,
  };
}

/** The schema of that name, of those that `roots.ts` lists; `undefined` where there is none. */
export function jsonSchemaOf(name: string): JsonSchema | undefined {
  const root = rootOf(name);
  if (root === undefined) return undefined;
  const { messages, enums } = typesWithin(root.message);
  const definitions = [
    ...[...messages.values()]
      .filter((message) => message !== root.message)
      .map((message) => [message.name, { ...described(message), ...objectOf(message) }] as const),
    ...[...enums.values()].map(
      (type) => [type.name, { ...described(type), ...enumJsonSchema(Object.keys(type.table)) }] as const,
    ),
  ];
  return {
    $schema: DRAFT,
    $id: `urn:tetrad:schema:${name}`,
    title: name,
    ...described({ name: root.about }),
    ...objectOf(root.message),
    ...(definitions.length > 0
      ? { $defs: Object.fromEntries(definitions.toSorted(([a], [b]) => (a < b ? -1 : 1))) }
      : {}),
  };
}

function described({ name }: { readonly name: string }): JsonSchema {
  return description(commentOf(name));
}

/** What the schema of that name is of, in a sentence. */
export function jsonSchemaSummary(name: string): string {
  return commentOf(rootOf(name)?.about ?? "") ?? "";
}
