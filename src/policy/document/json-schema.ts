/** @module The JSON Schema of policies (draft 2020-12), for editors: derived from what the reader goes by. */
import type { Field, Kind, ObjectSchema } from "./schema/kind.ts";
import { TRACING_POLICY } from "./schema/tracing-policy.ts";

/** Its name among the schemas. */
export const POLICY_SCHEMA_NAME = "tracingpolicy";

/** What it is of. */
export const POLICY_SCHEMA_SUMMARY = "A tracing policy, in YAML or JSON.";

type JsonSchema = Readonly<Record<string, unknown>>;

/** The whole schema, complete in itself. */
export function policyJsonSchema(): JsonSchema {
  const definitions: Record<string, JsonSchema> = {};
  const root = objectSchema(TRACING_POLICY, definitions);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: `urn:tetrad:schema:${POLICY_SCHEMA_NAME}`,
    title: TRACING_POLICY.name,
    description: POLICY_SCHEMA_SUMMARY,
    ...root,
    $defs: Object.fromEntries(Object.entries(definitions).sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

function objectSchema({ fields }: ObjectSchema, definitions: Record<string, JsonSchema>): JsonSchema {
  const required = Object.entries(fields).flatMap(([name, { isRequired }]) => (isRequired ? [name] : []));
  return {
    type: "object",
    properties: Object.fromEntries(
      Object.entries(fields).map(([name, field]) => [name, fieldSchema(field, definitions)]),
    ),
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
  };
}

function fieldSchema(field: Field, definitions: Record<string, JsonSchema>): JsonSchema {
  return {
    description: field.doc,
    ...(field.default === undefined ? {} : { default: field.default }),
    ...valueSchema(field.is, definitions),
  };
}

function valueSchema(kind: Kind, definitions: Record<string, JsonSchema>): JsonSchema {
  switch (kind.kind) {
    case "text":
      return { type: "string" };
    case "flag":
      return { type: "boolean" };
    case "integer":
      return { type: "integer", minimum: kind.min, maximum: kind.max };
    case "choice":
      return { enum: kind.values };
    case "list":
      return { type: "array", items: valueSchema(kind.of, definitions) };
    case "table":
      return { type: "object", additionalProperties: valueSchema(kind.of, definitions) };
    case "object": {
      const { name } = kind.schema;
      if (definitions[name] === undefined) {
        // Held before its fields are looked at: they may hold it again.
        definitions[name] = {};
        definitions[name] = objectSchema(kind.schema, definitions);
      }
      const reference = { $ref: `#/$defs/${encodeURIComponent(name)}` };
      return kind.isNullable ? { anyOf: [reference, { type: "null" }] } : reference;
    }
    case "anything":
      return {};
  }
}
