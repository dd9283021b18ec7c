/**
 * @module Tetragon's messages as CEL types, read off the event schemas, and their JSON as CEL values.
 *
 * A protobuf message has all its fields: what the JSON lacks has its type's default.
 */
import type { JsonObject } from "../../event/batch.ts";
import * as arguments_ from "../../event/schema/argument.ts";
import * as enums from "../../event/schema/enum.ts";
import * as events from "../../event/schema/event.ts";
import * as processes from "../../event/schema/process.ts";
import { CelEvaluationError } from "../../lib/cel/error.ts";
import { parseTimestamp } from "../../lib/cel/time.ts";
import {
  BOOL,
  BYTES,
  INT,
  listOf,
  type MessageType,
  mapOf,
  STRING,
  TIMESTAMP,
  type Type,
  UINT,
} from "../../lib/cel/type.ts";
import {
  DurationValue,
  MapValue,
  MessageValue,
  TimestampValue,
  toInt,
  toUint,
  type Value,
} from "../../lib/cel/value.ts";
import { asObject } from "../subject.ts";

/** A field of a message. */
export interface FieldType {
  readonly type: Type;
  /** One of a `oneof`, where a value that is the default still counts as set. */
  readonly hasPresence: boolean;
  /** The JSON value, which is neither absent nor null, as a CEL value. */
  readonly read: (json: unknown) => Value;
}

/** A message type and its fields. */
interface MessageSchema extends MessageType {
  readonly fields: ReadonlyMap<string, FieldType>;
}

/** The package of all messages, and the container in which names are looked up first. */
export const PACKAGE = "tetragon";

/** Integers and booleans that are wrapped, so that they may be null. The schemas do not tell them apart. */
const WRAPPED: Readonly<Record<string, readonly string[]>> = {
  BinaryProperties: ["setuid", "setgid"],
  Container: ["pid"],
  InodeProperties: ["links"],
  KernelModule: ["signature_ok"],
  KprobeCapability: ["value"],
  KprobeUserNamespace: ["level", "owner", "group"],
  Process: ["pid", "uid", "auid", "tid", "in_init_tree"],
  ProcessCredentials: ["uid", "gid", "euid", "egid", "suid", "sgid", "fsuid", "fsgid"],
  UserNamespace: ["level", "uid", "gid"],
};

/** Schemas that describe a message which another schema describes too, to that one's name. */
const SAME_MESSAGE: Readonly<Record<string, string>> = { Parent: "Process" };

/** The only message with a `oneof` inside: all its fields but this one. */
const ONEOF_MESSAGE = "KprobeArgument";
const NOT_IN_ONEOF = "label";

/** What is read of a valibot schema. */
interface SchemaNode {
  readonly type: string;
  readonly wrapped?: SchemaNode;
  readonly item?: SchemaNode;
  readonly pipe?: readonly SchemaNode[];
  readonly entries?: Readonly<Record<string, SchemaNode>>;
  readonly message?: unknown;
}

/** The type and the reader of a field's value. */
type Reader = Pick<FieldType, "type" | "read">;

/** Names of enum values in Tetragon's package are unique. */
const ENUM_NUMBERS: ReadonlyMap<string, number> = new Map(
  Object.values(enums).flatMap((table) => Object.entries<number>(table)),
);

const BOOL_READER: Reader = { type: BOOL, read: (json) => json === true };
const STRING_READER: Reader = { type: STRING, read: (json) => (typeof json === "string" ? json : "") };
const INT_READER: Reader = { type: INT, read: (json) => toInt(readInteger(json)) };
const UINT_READER: Reader = { type: UINT, read: (json) => toUint(readInteger(json)) };
const ENUM_READER: Reader = { type: INT, read: readEnum };
const BYTES_READER: Reader = {
  type: BYTES,
  read: (json) => Uint8Array.from(Buffer.from(typeof json === "string" ? json : "", "base64")),
};
const TIMESTAMP_READER: Reader = { type: TIMESTAMP, read: readTimestamp };
const STRING_MAP_READER: Reader = { type: mapOf(STRING, STRING), read: readStringMap };

/** Readers by what the schema of a scalar says it expects, in words, or by its type. */
const SCALAR_READERS: ReadonlyMap<unknown, Reader> = new Map([
  ["boolean", BOOL_READER],
  ["string", STRING_READER],
  ["int32", INT_READER],
  ["int64", INT_READER],
  ["uint32", UINT_READER],
  ["uint64", UINT_READER],
  ["base64", BYTES_READER],
  ["RFC 3339 time", TIMESTAMP_READER],
  ["enum name", ENUM_READER],
]);

function readInteger(json: unknown): bigint {
  const isInteger = typeof json === "number" ? Number.isInteger(json) : /^-?[0-9]{1,20}$/.test(String(json));
  if (!isInteger) throw new CelEvaluationError("not an integer");
  return BigInt(json as number | string);
}

function readEnum(json: unknown): Value {
  const number = typeof json === "string" ? ENUM_NUMBERS.get(json) : json;
  if (typeof number !== "number") throw new CelEvaluationError("unknown enum value");
  return toInt(readInteger(number));
}

function readTimestamp(json: unknown): Value {
  const value = typeof json === "string" ? parseTimestamp(json) : undefined;
  if (value === undefined) throw new CelEvaluationError("not a timestamp");
  return value;
}

function readStringMap(json: unknown): Value {
  const map = new MapValue();
  for (const [key, value] of Object.entries(asObject(json) ?? {})) map.set(key, STRING_READER.read(value));
  return map;
}

/** The types of all messages by name, made once: names may refer to each other. */
class MessageTypes {
  readonly #types = new Map<SchemaNode, MessageSchema>();
  readonly #names = new Map<SchemaNode, string>();
  /** The types by their name with the package. */
  readonly byName = new Map<string, MessageSchema>();

  constructor() {
    for (const [name, schema] of Object.entries({ ...processes, ...arguments_, ...events })) {
      const node = schema as unknown as SchemaNode;
      if (entriesOf(node) !== undefined) this.#names.set(node, SAME_MESSAGE[name] ?? name);
    }
    for (const node of this.#names.keys()) this.#messageType(node);
  }

  #messageType(node: SchemaNode): MessageSchema {
    const known = this.#types.get(node);
    if (known !== undefined) return known;
    const name = this.#names.get(node);
    if (name === undefined) throw new TypeError("Cannot name a message type: its schema is not exported");
    const same = this.byName.get(`${PACKAGE}.${name}`);
    if (same !== undefined) return same;
    const fields = new Map<string, FieldType>();
    const type: MessageSchema = { name: `${PACKAGE}.${name}`, fields };
    this.#types.set(node, type);
    this.byName.set(type.name, type);
    for (const [field, schema] of Object.entries(entriesOf(node)!)) {
      const reader = this.#reader(schema.wrapped ?? schema, `${name}.${field}`);
      const isWrapped = WRAPPED[name]?.includes(field) === true;
      fields.set(field, {
        type: isWrapped ? { kind: "wrapper", of: reader.type.kind as "bool" | "int" | "uint" } : reader.type,
        read: reader.read,
        hasPresence: name === ONEOF_MESSAGE && field !== NOT_IN_ONEOF,
      });
    }
    return type;
  }

  #reader(node: SchemaNode, place: string): Reader {
    if (entriesOf(node) !== undefined) {
      const message = this.#messageType(node);
      return {
        type: { kind: "message", message },
        read: (json) => new MessageValue(message, asObject(json) ?? {}),
      };
    }
    if (node.type === "array") {
      const { type, read } = this.#reader(node.item!, place);
      return { type: listOf(type), read: (json) => (Array.isArray(json) ? json.map(read) : []) };
    }
    if (node.pipe?.some(({ type }) => type === "record")) return STRING_MAP_READER;
    const { type, message } = node.pipe?.[0] ?? node;
    const scalar = SCALAR_READERS.get(type === "custom" ? message : type);
    if (scalar !== undefined) return scalar;
    throw new TypeError(`Cannot tell the CEL type of "${place}": its schema is not known`);
  }
}

function entriesOf(node: SchemaNode): Readonly<Record<string, SchemaNode>> | undefined {
  return node.pipe?.find(({ entries }) => entries !== undefined)?.entries;
}

let types: MessageTypes | undefined;

/** All message types by name, made when first asked for: most configurations have no CEL. */
export function messageTypes(): ReadonlyMap<string, MessageType> {
  types ??= new MessageTypes();
  return types.byName;
}

/** The fields of `type` by name. Every message type is made here. */
export function fieldsOf(type: MessageType): ReadonlyMap<string, FieldType> {
  return (type as MessageSchema).fields;
}

const EMPTY: JsonObject = {};

/** The value of a field that may be absent. */
export function readField(message: MessageValue, name: string, { type, read }: FieldType): Value {
  const json = Object.hasOwn(message.json, name) ? message.json[name] : undefined;
  return json === undefined || json === null ? defaultValue(type, read) : read(json);
}

function defaultValue(type: Type, read: FieldType["read"]): Value {
  switch (type.kind) {
    case "wrapper":
      return null;
    case "bool":
      return false;
    case "int":
    case "uint":
      return read(0);
    case "timestamp":
      return new TimestampValue(0n);
    case "duration":
      return new DurationValue(0n);
    case "list":
      return [];
    case "message":
    case "map":
      return read(EMPTY);
    default:
      return read("");
  }
}

/** What `has()` says: whether a message, wrapper or `oneof` field is there, or a scalar is not its default. */
export function isFieldSet(message: MessageValue, name: string, field: FieldType): boolean {
  const json = Object.hasOwn(message.json, name) ? message.json[name] : undefined;
  if (json === undefined || json === null) return false;
  if (field.hasPresence) return true;
  const value = field.read(json);
  switch (field.type.kind) {
    case "message":
    case "wrapper":
    case "timestamp":
      return true;
    case "list":
      return (value as readonly Value[]).length > 0;
    case "map":
      return (value as MapValue).size > 0;
    case "bytes":
      return (value as Uint8Array).length > 0;
    case "uint":
      return (value as { value: bigint }).value !== 0n;
    default:
      return value !== "" && value !== false && value !== 0n;
  }
}
