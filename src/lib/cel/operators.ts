/** @module Equality, order and arithmetic of CEL's values. */
import { CelEvaluationError } from "./error.ts";
import { isFieldSet, readField } from "./message.ts";
import { CidrValue, IpValue } from "./network.ts";
import { toDuration, toTimestamp } from "./time.ts";
import {
  DurationValue,
  MapValue,
  MessageValue,
  TimestampValue,
  TypeValue,
  toInt,
  toUint,
  UintValue,
  type Value,
} from "./value.ts";

/** @throws CelEvaluationError always: the values are of types that the operator does not take */
export function noSuchOverload(): never {
  throw new CelEvaluationError("no such overload");
}

/** A number of any kind as JavaScript compares it: a bigint and a number compare by value. */
function numeric(value: Value): bigint | number | undefined {
  if (typeof value === "bigint" || typeof value === "number") return value;
  return value instanceof UintValue ? value.value : undefined;
}

/** `a == b`. Numbers are equal by value, values of different types never are. */
export function equals(a: Value, b: Value): boolean {
  if (a === b) return true;
  const left = numeric(a);
  if (left !== undefined) {
    const right = numeric(b);
    // biome-ignore lint/suspicious/noDoubleEquals: a bigint and a number are never identical
    return right !== undefined && left == right;
  }
  if (a === null || b === null || typeof a !== "object" || typeof b !== "object") return false;
  return equalObjects(a, b);
}

function equalObjects(a: Value & object, b: Value & object): boolean {
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => equals(item, b[index]));
  }
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  if (a instanceof TimestampValue) return b instanceof TimestampValue && a.nanoseconds === b.nanoseconds;
  if (a instanceof DurationValue) return b instanceof DurationValue && a.nanoseconds === b.nanoseconds;
  if (a instanceof TypeValue) return b instanceof TypeValue && a.name === b.name;
  if (a instanceof IpValue) return b instanceof IpValue && a.family === b.family && a.bits === b.bits;
  if (a instanceof CidrValue) {
    return b instanceof CidrValue && a.prefixLength === b.prefixLength && equals(a.ip, b.ip);
  }
  if (a instanceof MapValue) return b instanceof MapValue && equalMaps(a, b);
  return a instanceof MessageValue && b instanceof MessageValue && equalMessages(a, b);
}

function equalMaps(a: MapValue, b: MapValue): boolean {
  if (a.size !== b.size) return false;
  for (const [key, value] of a.entries()) {
    const other = b.get(key);
    if (other === undefined || !equals(value, other)) return false;
  }
  return true;
}

function equalMessages(a: MessageValue, b: MessageValue): boolean {
  if (a.type !== b.type) return false;
  for (const [name, field] of a.type.fields) {
    const isSet = isFieldSet(a, name, field);
    if (isSet !== isFieldSet(b, name, field)) return false;
    if (isSet && !equals(readField(a, name, field), readField(b, name, field))) return false;
  }
  return true;
}

/**
 * Less than 0, 0, or more than 0; NaN when a NaN is among them. Strings are ordered by code points.
 * @throws CelEvaluationError when there is no order between them
 */
export function compare(a: Value, b: Value): number {
  const left = numeric(a);
  const right = numeric(b);
  if (left !== undefined && right !== undefined) {
    if (left < right) return -1;
    if (left > right) return 1;
    return Number.isNaN(left) || Number.isNaN(right) ? Number.NaN : 0;
  }
  if (typeof a === "boolean" && typeof b === "boolean") return Number(a) - Number(b);
  if (typeof a === "string" && typeof b === "string") return Buffer.compare(Buffer.from(a), Buffer.from(b));
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b);
  if (a instanceof TimestampValue && b instanceof TimestampValue) return order(a.nanoseconds, b.nanoseconds);
  if (a instanceof DurationValue && b instanceof DurationValue) return order(a.nanoseconds, b.nanoseconds);
  return noSuchOverload();
}

function order(a: bigint, b: bigint): number {
  return a < b ? -1 : Number(a > b);
}

/** How the operators treat each kind of number. */
interface Arithmetic {
  readonly integer: (a: bigint, b: bigint) => bigint;
  readonly double?: (a: number, b: number) => number;
}

const ARITHMETIC: Readonly<Record<string, Arithmetic>> = {
  "+": { integer: (a, b) => a + b, double: (a, b) => a + b },
  "-": { integer: (a, b) => a - b, double: (a, b) => a - b },
  "*": { integer: (a, b) => a * b, double: (a, b) => a * b },
  "/": { integer: divide, double: (a, b) => a / b },
  "%": { integer: remainder },
};

function divide(a: bigint, b: bigint): bigint {
  if (b === 0n) throw new CelEvaluationError("division by zero");
  return a / b;
}

function remainder(a: bigint, b: bigint): bigint {
  if (b === 0n) throw new CelEvaluationError("modulus by zero");
  return a % b;
}

/** `a operator b` of two numbers of one kind. @throws CelEvaluationError */
export function calculate(operator: string, a: Value, b: Value): Value {
  const { integer, double } = ARITHMETIC[operator]!;
  if (typeof a === "bigint" && typeof b === "bigint") return toInt(integer(a, b));
  if (a instanceof UintValue && b instanceof UintValue) return toUint(integer(a.value, b.value));
  if (typeof a === "number" && typeof b === "number" && double !== undefined) return double(a, b);
  return noSuchOverload();
}

/** `a + b` and `a - b` where one is a timestamp or a duration. @throws CelEvaluationError */
export function shift(operator: "+" | "-", a: Value, b: Value): Value {
  const isTimestamp = a instanceof TimestampValue;
  const isOtherTimestamp = b instanceof TimestampValue;
  if (!isTimestamp && !(a instanceof DurationValue)) return noSuchOverload();
  if (!isOtherTimestamp && !(b instanceof DurationValue)) return noSuchOverload();
  const nanoseconds = operator === "+" ? a.nanoseconds + b.nanoseconds : a.nanoseconds - b.nanoseconds;
  if (isTimestamp && isOtherTimestamp) return operator === "-" ? toDuration(nanoseconds) : noSuchOverload();
  if (isOtherTimestamp && operator === "-") return noSuchOverload();
  return isTimestamp || isOtherTimestamp ? toTimestamp(nanoseconds) : toDuration(nanoseconds);
}
