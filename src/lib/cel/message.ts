/**
 * @module Protobuf messages as CEL values: their JSON (protobuf's JSON mapping), of which fields become values
 * when they are asked for.
 *
 * A protobuf message has all its fields: what the JSON lacks has its type's default.
 */
import { asObject, type JsonObject } from "../json/object.ts";
import { CelEvaluationError } from "./error.ts";
import { parseTimestamp } from "./time.ts";
import { BOOL, BYTES, INT, listOf, mapOf, STRING, TIMESTAMP, UINT } from "./type.ts";
import {
  DurationValue,
  MapValue,
  type MessageField,
  type MessageType,
  MessageValue,
  TimestampValue,
  type Type,
  toInt,
  toUint,
  type UintValue,
  type Value,
} from "./value.ts";

/** The type of a field's values, and what makes one of JSON that is neither absent nor null. */
export type Reader = Pick<MessageField, "type" | "read">;

/** Readers of scalars by their names in `.proto` files, and of the one well-known type that JSON writes as a string. */
export const SCALAR_READERS = {
  bool: { type: BOOL, read: (json) => json === true },
  string: { type: STRING, read: (json) => (typeof json === "string" ? json : "") },
  int32: { type: INT, read: (json) => toInt(readInteger(json)) },
  int64: { type: INT, read: (json) => toInt(readInteger(json)) },
  uint32: { type: UINT, read: (json) => toUint(readInteger(json)) },
  uint64: { type: UINT, read: (json) => toUint(readInteger(json)) },
  bytes: {
    type: BYTES,
    read: (json) => Uint8Array.from(Buffer.from(typeof json === "string" ? json : "", "base64")),
  },
  timestamp: { type: TIMESTAMP, read: readTimestamp },
} satisfies Readonly<Record<string, Reader>>;

/** A reader of an enum's values, which JSON has by name; `numbers` has their numbers. */
export function enumReader(numbers: ReadonlyMap<string, number>): Reader {
  return {
    type: INT,
    read: (json) => {
      const number = typeof json === "string" ? numbers.get(json) : json;
      if (typeof number !== "number") throw new CelEvaluationError("unknown enum value");
      return toInt(readInteger(number));
    },
  };
}

/** A reader of messages of type `message`. */
export function messageReader(message: MessageType): Reader {
  return {
    type: { kind: "message", message },
    read: (json) => new MessageValue(message, asObject(json) ?? {}),
  };
}

/** A reader of repeated fields, of which each item is read by `item`. */
export function listReader({ type, read }: Reader): Reader {
  return { type: listOf(type), read: (json) => (Array.isArray(json) ? json.map(read) : []) };
}

/** A reader of maps from strings to what `value` reads. */
export function stringMapReader({ type, read }: Reader): Reader {
  return {
    type: mapOf(STRING, type),
    read: (json) => {
      const map = new MapValue();
      for (const [key, value] of Object.entries(asObject(json) ?? {})) map.set(key, read(value));
      return map;
    },
  };
}

/** A reader of the nullable wrapper (`google.protobuf.UInt32Value`, ...) of what `wrapped` reads: a bool, int or uint. */
export function wrapperReader({ type, read }: Reader): Reader {
  const { kind } = type;
  if (kind !== "bool" && kind !== "int" && kind !== "uint") {
    throw new TypeError(`Cannot wrap "${kind}": needs bool, int or uint`);
  }
  return { type: { kind: "wrapper", of: kind }, read };
}

function readInteger(json: unknown): bigint {
  const isInteger = typeof json === "number" ? Number.isInteger(json) : /^-?[0-9]{1,20}$/.test(String(json));
  if (!isInteger) throw new CelEvaluationError("not an integer");
  return BigInt(json as number | string);
}

function readTimestamp(json: unknown): Value {
  const value = typeof json === "string" ? parseTimestamp(json) : undefined;
  if (value === undefined) throw new CelEvaluationError("not a timestamp");
  return value;
}

const EMPTY: JsonObject = {};

/** The value of `message`'s field `name`, which may be absent. @throws CelEvaluationError when it is not of its type */
export function readField(message: MessageValue, name: string, { type, read }: MessageField): Value {
  const json = Object.hasOwn(message.json, name) ? message.json[name] : undefined;
  return json === undefined || json === null ? defaultValue(type, read) : read(json);
}

function defaultValue(type: Type, read: MessageField["read"]): Value {
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

/**
 * What `has()` says of `message`'s field `name`: whether a message, wrapper or `oneof` field is there, or a scalar
 * is not its default.
 * @throws CelEvaluationError when the value is not of the field's type
 */
export function isFieldSet(message: MessageValue, name: string, field: MessageField): boolean {
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
      return (value as UintValue).value !== 0n;
    default:
      return value !== "" && value !== false && value !== 0n;
  }
}
