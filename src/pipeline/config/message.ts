/**
 * @module Reads filter messages from JSON, as Go's protojson does: proto and camelCase names, null for absent, enum
 * values by name or number, integers as numbers or strings, no unknown and no duplicate fields.
 *
 * Which fields there are is read off the valibot schemas of `event/schema/filter.ts`.
 */
import * as v from "valibot";
import type { JsonNode, JsonObjectNode, JsonStringNode } from "./json.ts";
import { JsonSyntaxError, parseJsonValues } from "./json.ts";
import type { FilterText } from "./problems.ts";

/** A scalar of a filter, with its place. */
export interface Scalar {
  readonly node: JsonNode;
  /** Strings as they are, booleans as they are, integers and enum values as numbers. */
  readonly value: string | number | boolean;
}

/** A value of a filter: a scalar, several of them, or a message. */
export type FieldValue = Scalar | readonly Scalar[] | Message;

/** One message of an option, or one inside it. Fields that are absent, null or empty lists are not there. */
export class Message {
  readonly node: JsonObjectNode;
  /** Number of the filter that this is or is part of, counted from 1. */
  readonly number: number;
  /** Where this message is inside the filter: `capabilities.effective`, or empty. */
  readonly path: string;
  readonly source: FilterText;
  readonly fields: ReadonlyMap<string, FieldValue>;

  constructor(init: {
    node: JsonObjectNode;
    number: number;
    path: string;
    source: FilterText;
    fields: ReadonlyMap<string, FieldValue>;
  }) {
    this.node = init.node;
    this.number = init.number;
    this.path = init.path;
    this.source = init.source;
    this.fields = init.fields;
  }

  /** The strings of a repeated field. */
  strings(name: string): readonly StringValue[] {
    return this.#list(name) as readonly StringValue[];
  }

  /** The integers or enum values of a repeated field. */
  numbers(name: string): readonly number[] {
    return this.#list(name).map((scalar) => scalar.value as number);
  }

  /** A scalar field. */
  scalar(name: string): Scalar | undefined {
    return this.fields.get(name) as Scalar | undefined;
  }

  /** A message field. */
  message(name: string): Message | undefined {
    return this.fields.get(name) as Message | undefined;
  }

  /** Adds a problem at `offset` of the option's text. */
  report(name: string | undefined, offset: number, message: string): void {
    const key = [this.path, name].filter(Boolean).join(".");
    this.source.report({ number: this.number, ...(key !== "" && { key }), offset, message });
  }

  #list(name: string): readonly Scalar[] {
    return (this.fields.get(name) as readonly Scalar[] | undefined) ?? [];
  }
}

/** A string of a filter, with its place. */
export interface StringValue extends Scalar {
  readonly node: JsonStringNode;
  readonly value: string;
}

/** What is read of a valibot schema. */
interface SchemaNode {
  readonly type: string;
  readonly wrapped?: SchemaNode;
  readonly item?: SchemaNode;
  readonly entries?: Readonly<Record<string, SchemaNode>>;
  readonly options?: readonly (string | number)[];
  readonly message?: unknown;
  readonly pipe?: readonly SchemaNode[];
}

/**
 * Reads the messages of `source`, one after another. Problems are reported there; a message with a problem is
 * left out.
 */
export function readMessages(source: FilterText, schema: v.GenericSchema): Message[] {
  let nodes: JsonNode[];
  try {
    nodes = parseJsonValues(source.text);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    const number = error.complete + 1;
    source.report({
      number,
      offset: error.offset,
      message: `${error.message}, needs JSON objects one after another`,
    });
    return [];
  }
  const messages: Message[] = [];
  for (const [index, node] of nodes.entries()) {
    const message = new MessageReader(source, index + 1).message(node, schema as unknown as SchemaNode, "");
    if (message !== undefined) messages.push(message);
  }
  return messages;
}

class MessageReader {
  readonly #source: FilterText;
  readonly #number: number;

  constructor(source: FilterText, number: number) {
    this.#source = source;
    this.#number = number;
  }

  message(node: JsonNode, schema: SchemaNode, path: string): Message | undefined {
    const object = schema.pipe?.at(-1) ?? schema;
    const entries = object.entries;
    if (entries === undefined) throw new TypeError("Cannot read messages: the schema is no object");
    if (node.type !== "object") {
      this.#report(path, node.start, `found ${describe(node)}, needs an object`);
      return undefined;
    }
    const names = fieldNames(entries);
    const fields = new Map<string, FieldValue>();
    const seen = new Set<string>();
    let isSound = true;
    for (const { key, value } of node.members) {
      const name = names.get(key.value);
      const fieldPath = path === "" ? (name ?? key.value) : `${path}.${name ?? key.value}`;
      if (name === undefined) {
        const known = Object.keys(entries).join(", ");
        this.#report(fieldPath, key.start, `unknown key, needs one of ${known}`);
        isSound = false;
      } else if (seen.has(name)) {
        this.#report(fieldPath, key.start, "found twice, needs to be there once");
        isSound = false;
      } else if (value.type !== "null") {
        seen.add(name);
        const field = this.#field(value, entries[name]!.wrapped ?? entries[name]!, fieldPath);
        if (field === undefined) isSound = false;
        else if (!Array.isArray(field) || field.length > 0) fields.set(name, field);
      }
    }
    if (!isSound) return undefined;
    return new Message({ node, number: this.#number, path, source: this.#source, fields });
  }

  #field(node: JsonNode, schema: SchemaNode, path: string): FieldValue | undefined {
    if (schema.pipe !== undefined && schema.pipe.at(-1)?.entries !== undefined) {
      return this.message(node, schema, path);
    }
    if (schema.type !== "array") return this.#scalar(node, schema, path);
    if (node.type !== "array") {
      this.#report(path, node.start, `found ${describe(node)}, needs an array`);
      return undefined;
    }
    const items = node.items.map((item) => this.#scalarOrMessage(item, schema.item!, path));
    return items.includes(undefined) ? undefined : (items as Scalar[]);
  }

  #scalarOrMessage(node: JsonNode, schema: SchemaNode, path: string): Scalar | undefined {
    if (schema.pipe?.at(-1)?.entries === undefined) return this.#scalar(node, schema, path);
    // Only the deprecated `match` of redaction filters is a list of messages, and nothing reads it.
    const message = this.message(node, schema, path);
    return message && { node, value: true };
  }

  #scalar(node: JsonNode, schema: SchemaNode, path: string): Scalar | undefined {
    const value = scalarValue(node, schema);
    if (value === undefined)
      this.#report(path, node.start, `found ${describe(node)}, needs ${expected(schema)}`);
    return value === undefined ? undefined : { node, value };
  }

  #report(path: string, offset: number, message: string): void {
    this.#source.report({ number: this.#number, ...(path !== "" && { key: path }), offset, message });
  }
}

/** Proto and camelCase names of the fields, to proto names. */
function fieldNames(entries: Readonly<Record<string, SchemaNode>>): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const name of Object.keys(entries)) {
    names.set(name, name);
    names.set(
      name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      name,
    );
  }
  return names;
}

function scalarValue(node: JsonNode, schema: SchemaNode): string | number | boolean | undefined {
  switch (schema.type) {
    case "string":
      return node.type === "string" ? node.value : undefined;
    case "boolean":
      if (node.type === "true" || node.type === "false") return node.type === "true";
      return undefined;
    case "picklist":
      return enumValue(node, schema);
  }
  if (node.type !== "string" && node.type !== "number") return undefined;
  return v.is(schema as unknown as v.GenericSchema, node.value) ? Number(node.value) : undefined;
}

/** The number of an enum value: `PROCESS_EXEC`, `EXEC` or 1. The schema lists all names, then all numbers. */
function enumValue(node: JsonNode, schema: SchemaNode): number | undefined {
  const options = schema.options ?? [];
  const numbers = options.slice(options.length / 2);
  if (node.type === "number") return numbers.includes(node.value) ? node.value : undefined;
  if (node.type !== "string") return undefined;
  let index = options.indexOf(node.value);
  if (index === -1) index = options.indexOf(`PROCESS_${node.value}`);
  return index === -1 ? undefined : (numbers[index] as number);
}

function expected(schema: SchemaNode): string {
  if (schema.type === "picklist") {
    return `one of ${schema.options?.filter((option) => typeof option === "string").join(", ")}`;
  }
  if (schema.type === "boolean") return "true or false";
  return schema.type === "string" ? "a string" : String(schema.message);
}

function describe(node: JsonNode): string {
  switch (node.type) {
    case "string":
      return JSON.stringify(node.value);
    case "number":
      return String(node.value);
    case "object":
    case "array":
      return `an ${node.type}`;
    default:
      return node.type;
  }
}
