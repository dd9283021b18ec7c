/**
 * @module valibot schemas derived from descriptors: for events, where they say why one is invalid, and for the values
 * of filters in the configuration.
 *
 * protojson's rules: null is the same as absent; unknown fields are kept and never looked into.
 */
import * as v from "valibot";
import type { FieldDescriptor, MessageDescriptor, ValueType } from "../description/descriptor.ts";
import { openEnum, strictEnum } from "./enum-schema.ts";
import { jsonObject, SIMPLE_SCHEMAS, string } from "./scalar.ts";

/** Each message's schema, made when first asked for. */
const schemas = new WeakMap<MessageDescriptor, v.GenericSchema>();

/** The schema of a message as it occurs in events: unknown fields pass through. */
export function schemaOf<T>(message: MessageDescriptor<T>): v.GenericSchema<unknown, T> {
  let schema = schemas.get(message);
  if (schema === undefined) {
    const entries: Record<string, v.GenericSchema> = {};
    for (const field of message.fields.values()) entries[field.name] = entrySchema(field);
    schema = v.pipe(jsonObject, v.looseObject(entries));
    schemas.set(message, schema);
  }
  return schema as v.GenericSchema<unknown, T>;
}

/** The schema of one value of a field as it is written in the configuration: of an enum, only what its table has. */
export function configSchemaOf(type: Exclude<ValueType, MessageDescriptor>): v.GenericSchema {
  return type.kind === "enum" ? strictEnum(type.table) : valueSchema(type);
}

function entrySchema(field: FieldDescriptor): v.GenericSchema {
  const schema = fieldSchema(field);
  switch (field.presence) {
    case "nullish":
      return v.nullish(schema);
    case "optional":
      return v.optional(schema);
    case "required":
      return schema;
  }
}

/** Null is neither an item of a list nor a value of a map. */
function fieldSchema({ cardinality, type }: FieldDescriptor): v.GenericSchema {
  switch (cardinality) {
    case "single":
      return valueSchema(type);
    case "repeated":
      return v.array(valueSchema(type));
    case "map":
      return v.pipe(jsonObject, v.record(string, valueSchema(type)));
  }
}

function valueSchema(type: ValueType): v.GenericSchema {
  switch (type.kind) {
    case "message":
      return schemaOf(type);
    case "enum":
      return openEnum;
    case "literal":
      return v.literal(type.value);
    default:
      return SIMPLE_SCHEMAS[type.kind];
  }
}
