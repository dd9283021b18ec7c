/**
 * @module Reads filter messages from JSON, as Go's protojson does: proto and camelCase names, null for absent, enum
 * values by name or number, integers as numbers or strings, no unknown and no duplicate fields.
 *
 * Which fields there are is said in `event/description`; the schemas of their values are those that events have.
 */
import * as v from "valibot";
import {
  camelName,
  type FieldDescriptor,
  type MessageDescriptor,
  type ValueType,
} from "../../event/description/index.ts";
import { configSchemaOf } from "../../event/schema/derive.ts";
import type { JsonNode, JsonObjectNode, JsonStringNode } from "../../lib/json/nodes.ts";
import { JsonSyntaxError, parseJsonValues } from "../../lib/json/nodes.ts";
import { nearest } from "../../lib/text/distance.ts";
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

/**
 * Reads the messages of `source`, one after another. Problems are reported there; a message with a problem is
 * left out.
 */
export function readMessages(source: FilterText, type: MessageDescriptor): Message[] {
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
    const message = new MessageReader(source, index + 1).message(node, type, "");
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

  message(node: JsonNode, type: MessageDescriptor, path: string): Message | undefined {
    if (node.type !== "object") {
      this.#report(path, node.start, `found ${describe(node)}, needs an object`);
      return undefined;
    }
    const known = fieldsByName(type);
    const fields = new Map<string, FieldValue>();
    const seen = new Set<string>();
    let isSound = true;
    for (const { key, value } of node.members) {
      const field = known.get(key.value);
      const fieldPath = path === "" ? (field?.name ?? key.value) : `${path}.${field?.name ?? key.value}`;
      if (field === undefined) {
        const names = [...type.fields.keys()];
        const text = `unknown key, needs one of ${names.join(", ")}${nearestOf(key.value, names)}`;
        this.#report(fieldPath, key.start, text);
        isSound = false;
      } else if (seen.has(field.name)) {
        this.#report(fieldPath, key.start, "found twice, needs to be there once");
        isSound = false;
      } else if (value.type !== "null") {
        seen.add(field.name);
        const read = this.#field(value, field, fieldPath);
        if (read === undefined) isSound = false;
        else if (!Array.isArray(read) || read.length > 0) fields.set(field.name, read);
      }
    }
    if (!isSound) return undefined;
    return new Message({ node, number: this.#number, path, source: this.#source, fields });
  }

  #field(node: JsonNode, { cardinality, type }: FieldDescriptor, path: string): FieldValue | undefined {
    if (cardinality === "single") {
      return type.kind === "message" ? this.message(node, type, path) : this.#scalar(node, type, path);
    }
    if (cardinality === "map") throw new TypeError(`Cannot read "${path}": filters have no maps`);
    // Tetragon's documentation writes a list of one without its brackets.
    const isOne = node.type === "string" && (type.kind === "string" || type.kind === "enum");
    if (node.type !== "array" && !isOne) {
      this.#report(path, node.start, `found ${describe(node)}, needs an array`);
      return undefined;
    }
    const nodes = node.type === "array" ? node.items : [node];
    const items = nodes.map((item) => this.#scalarOrMessage(item, type, path));
    return items.includes(undefined) ? undefined : (items as Scalar[]);
  }

  #scalarOrMessage(node: JsonNode, type: ValueType, path: string): Scalar | undefined {
    if (type.kind !== "message") return this.#scalar(node, type, path);
    // Only the deprecated `match` of redaction filters is a list of messages, and nothing reads it.
    const message = this.message(node, type, path);
    return message && { node, value: true };
  }

  #scalar(node: JsonNode, type: ScalarType, path: string): Scalar | undefined {
    const value = scalarValue(node, type);
    if (value === undefined)
      this.#report(path, node.start, `found ${describe(node)}, needs ${expected(type)}${meant(node, type)}`);
    return value === undefined ? undefined : { node, value };
  }

  #report(path: string, offset: number, message: string): void {
    this.#source.report({ number: this.#number, ...(path !== "" && { key: path }), offset, message });
  }
}

/** The type of a value that is not a message. */
type ScalarType = Exclude<ValueType, MessageDescriptor>;

/** The fields by their proto names and by their camelCase names. */
function fieldsByName({ fields }: MessageDescriptor): ReadonlyMap<string, FieldDescriptor> {
  const byName = new Map<string, FieldDescriptor>();
  for (const field of fields.values()) byName.set(field.name, field).set(camelName(field.name), field);
  return byName;
}

function scalarValue(node: JsonNode, type: ScalarType): string | number | boolean | undefined {
  switch (type.kind) {
    case "string":
    case "field_mask":
      return node.type === "string" ? node.value : undefined;
    case "bool":
      if (node.type === "true" || node.type === "false") return node.type === "true";
      return undefined;
  }
  if (node.type !== "string" && node.type !== "number") return undefined;
  const schema = configSchemaOf(type);
  if (type.kind !== "enum") return v.is(schema, node.value) ? Number(node.value) : undefined;
  // Tetragon takes `EXEC` for `PROCESS_EXEC`.
  const value = v.is(schema, node.value) ? node.value : `PROCESS_${node.value}`;
  if (!v.is(schema, value)) return undefined;
  return typeof value === "number" ? value : type.table[value];
}

/** The value of an enum that was probably meant, in whatever case it was written. */
function meant(node: JsonNode, type: ScalarType): string {
  return type.kind === "enum" && node.type === "string"
    ? nearestOf(node.value.toUpperCase(), Object.keys(type.table))
    : "";
}

function nearestOf(wanted: string, names: readonly string[]): string {
  const near = nearest(wanted, names);
  return near === undefined ? "" : `; nearest is "${near}"`;
}

function expected(type: ScalarType): string {
  switch (type.kind) {
    case "enum":
      return `one of ${Object.keys(type.table).join(", ")}`;
    case "bool":
      return "true or false";
    case "string":
    case "field_mask":
      return "a string";
    default:
      return type.kind;
  }
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
