/**
 * @module CEL's values at evaluation, and the types that they have: messages are made of both.
 *
 * int is a bigint and double a number; what JavaScript has no type for is one of the classes here.
 */
import type { JsonObject } from "../json/object.ts";
import { CelEvaluationError } from "./error.ts";
import type { CidrValue, IpValue } from "./network.ts";

/** A message type. Types are compared by identity: there is one for each name. */
export interface MessageType {
  /** With its package: `tetragon.Process`. */
  readonly name: string;
  /** Its fields by their names in the message's JSON. */
  readonly fields: ReadonlyMap<string, MessageField>;
}

/** A field of a message. */
export interface MessageField {
  readonly type: Type;
  /** Whether a value that is the default still counts as set, as in a `oneof`. */
  readonly hasPresence: boolean;
  /** The JSON value, which is neither absent nor null, as a CEL value. @throws CelEvaluationError when it is not one */
  readonly read: (json: unknown) => Value;
}

/** Types without parameters. `ip` and `cidr` are Kubernetes' `net.IP` and `net.CIDR`. */
export type SimpleKind =
  | "bool"
  | "int"
  | "uint"
  | "double"
  | "string"
  | "bytes"
  | "null"
  | "timestamp"
  | "duration"
  | "type"
  | "ip"
  | "cidr"
  | "dyn";

/** The scalars that protobuf has nullable wrappers of. */
export type WrappedKind = "bool" | "int" | "uint";

/** The type of an expression, as far as it is known before it is evaluated. */
export type Type =
  | { readonly kind: SimpleKind }
  | { readonly kind: "wrapper"; readonly of: WrappedKind }
  | { readonly kind: "list"; readonly item: Type }
  | { readonly kind: "map"; readonly key: Type; readonly value: Type }
  | { readonly kind: "message"; readonly message: MessageType };

/** An unsigned integer of 64 bits. */
export class UintValue {
  readonly value: bigint;
  constructor(value: bigint) {
    this.value = value;
  }
}

/** Nanoseconds since 1970. */
export class TimestampValue {
  readonly nanoseconds: bigint;
  constructor(nanoseconds: bigint) {
    this.nanoseconds = nanoseconds;
  }
}

/** A time span, which may be negative. */
export class DurationValue {
  readonly nanoseconds: bigint;
  constructor(nanoseconds: bigint) {
    this.nanoseconds = nanoseconds;
  }
}

/** A type as a value: `type(1) == int`. */
export class TypeValue {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** A protobuf message: its JSON, of which fields become values when they are asked for. */
export class MessageValue {
  readonly type: MessageType;
  readonly json: JsonObject;
  constructor(type: MessageType, json: JsonObject) {
    this.type = type;
    this.json = json;
  }
}

/** A map; its keys are found by {@link mapKey}. */
export class MapValue {
  readonly #entries = new Map<string | bigint | boolean, readonly [Value, Value]>();

  /** How many entries there are. */
  get size(): number {
    return this.#entries.size;
  }

  /** Of equal keys the last one counts. @throws CelEvaluationError for a key of a type that no key has. */
  set(key: Value, value: Value): void {
    const found = mapKey(key);
    if (found === undefined) throw new CelEvaluationError("unsupported key type");
    this.#entries.set(found, [key, value]);
  }

  /** The value of `key`, or `undefined`. */
  get(key: Value): Value | undefined {
    const found = mapKey(key);
    return found === undefined ? undefined : this.#entries.get(found)?.[1];
  }

  /** Keys with their values, in the order in which the keys were first set. */
  entries(): Iterable<readonly [Value, Value]> {
    return this.#entries.values();
  }
}

/** Any value of an expression. */
export type Value =
  | null
  | boolean
  | bigint
  | number
  | string
  | UintValue
  | Uint8Array
  | TimestampValue
  | DurationValue
  | TypeValue
  | IpValue
  | CidrValue
  | MessageValue
  | MapValue
  | readonly Value[];

/** What a key is found by: numbers that are equal are the same key. */
function mapKey(key: Value): string | bigint | boolean | undefined {
  if (typeof key === "string" || typeof key === "bigint" || typeof key === "boolean") return key;
  if (key instanceof UintValue) return key.value;
  return typeof key === "number" && Number.isInteger(key) ? BigInt(key) : undefined;
}

/** The bounds of int and uint. */
export const MIN_INT64 = -(2n ** 63n);
export const MAX_INT64 = 2n ** 63n - 1n;
export const MAX_UINT64 = 2n ** 64n - 1n;

/** `value` as an int. @throws CelEvaluationError beyond 64 bits */
export function toInt(value: bigint): bigint {
  if (value < MIN_INT64 || value > MAX_INT64) throw new CelEvaluationError("integer overflow");
  return value;
}

/** `value` as a uint. @throws CelEvaluationError below 0 or beyond 64 bits */
export function toUint(value: bigint): UintValue {
  if (value < 0n || value > MAX_UINT64) throw new CelEvaluationError("unsigned integer overflow");
  return new UintValue(value);
}
