/** @module CEL's conversions between types: `int()`, `string()`, `type()`, ... */
import { parseBoolean } from "../text/boolean.ts";
import { parseInt64 } from "../text/integer.ts";
import { floorDivide, NANOSECONDS_PER_SECOND } from "../text/timestamp.ts";
import { CelEvaluationError } from "./error.ts";
import { CidrValue, IpValue } from "./network.ts";
import { noSuchOverload } from "./operators.ts";
import { formatDuration, formatTimestamp, parseDuration, parseTimestamp, toTimestamp } from "./time.ts";
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

/** A double without its fraction. */
function truncate(value: number): bigint {
  if (!Number.isFinite(value)) throw new CelEvaluationError("integer overflow");
  return BigInt(Math.trunc(value));
}

function notAnInteger(): never {
  throw new CelEvaluationError("not an integer of 64 bits");
}

/** `int(value)`: a double loses its fraction, a timestamp becomes seconds, a duration nanoseconds. @throws CelEvaluationError */
export function convertToInt(value: Value): Value {
  if (typeof value === "bigint") return value;
  if (value instanceof UintValue) return toInt(value.value);
  if (typeof value === "number") return toInt(truncate(value));
  if (typeof value === "string") return parseInt64(value) ?? notAnInteger();
  if (value instanceof TimestampValue) {
    return floorDivide(value.nanoseconds, NANOSECONDS_PER_SECOND);
  }
  return value instanceof DurationValue ? value.nanoseconds : noSuchOverload();
}

/** `uint(value)`. @throws CelEvaluationError */
export function convertToUint(value: Value): Value {
  if (value instanceof UintValue) return value;
  if (typeof value === "bigint") return toUint(value);
  if (typeof value === "number") return toUint(truncate(value));
  if (typeof value !== "string") return noSuchOverload();
  if (!/^[0-9]{1,30}$/.test(value)) throw new CelEvaluationError("not an unsigned integer");
  return toUint(BigInt(value));
}

const DOUBLE = /^[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$/;
const INFINITY = /^([-+]?)inf(?:inity)?$/i;

/** `double(value)`. @throws CelEvaluationError */
export function convertToDouble(value: Value): Value {
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  if (value instanceof UintValue) return Number(value.value);
  if (typeof value !== "string") return noSuchOverload();
  if (DOUBLE.test(value)) return Number(value);
  if (/^nan$/i.test(value)) return Number.NaN;
  const infinity = INFINITY.exec(value);
  if (infinity === null) throw new CelEvaluationError("not a number");
  return infinity[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

/** `bool(value)`. @throws CelEvaluationError */
export function convertToBool(value: Value): Value {
  if (typeof value === "boolean") return value;
  if (typeof value !== "string") return noSuchOverload();
  const bool = parseBoolean(value);
  if (bool === undefined) throw new CelEvaluationError("not a boolean");
  return bool;
}

/** `bytes(value)`: a string in UTF-8. @throws CelEvaluationError */
export function convertToBytes(value: Value): Value {
  if (value instanceof Uint8Array) return value;
  return typeof value === "string" ? Uint8Array.from(Buffer.from(value)) : noSuchOverload();
}

/** `timestamp(value)`: of a string in RFC 3339, or of seconds since 1970. @throws CelEvaluationError */
export function convertToTimestamp(value: Value): Value {
  if (value instanceof TimestampValue) return value;
  if (typeof value === "bigint") return toTimestamp(value * NANOSECONDS_PER_SECOND);
  if (typeof value !== "string") return noSuchOverload();
  const timestamp = parseTimestamp(value);
  if (timestamp === undefined) throw new CelEvaluationError("not a timestamp");
  return timestamp;
}

/** `duration(value)`. @throws CelEvaluationError */
export function convertToDuration(value: Value): Value {
  if (value instanceof DurationValue) return value;
  return typeof value === "string" ? parseDuration(value) : noSuchOverload();
}

const strictUtf8 = new TextDecoder("utf-8", { fatal: true });

/** `string(value)`, as Go's libraries write it. @throws CelEvaluationError */
export function convertToString(value: Value): Value {
  switch (typeof value) {
    case "string":
      return value;
    case "boolean":
    case "bigint":
      return String(value);
    case "number":
      return formatDouble(value);
  }
  if (value instanceof UintValue) return String(value.value);
  if (value instanceof TimestampValue) return formatTimestamp(value);
  if (value instanceof DurationValue) return formatDuration(value);
  if (value instanceof IpValue || value instanceof CidrValue) return String(value);
  if (!(value instanceof Uint8Array)) return noSuchOverload();
  try {
    return strictUtf8.decode(value);
  } catch {
    throw new CelEvaluationError("bytes are not UTF-8");
  }
}

/** As Go's `strconv.FormatFloat(value, 'g', -1, 64)`. */
function formatDouble(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  if (Object.is(value, -0)) return "-0";
  const [digits, exponentText] = value.toExponential().split("e") as [string, string];
  const exponent = Number(exponentText);
  if (exponent >= -4 && exponent < 6)
    return value.toFixed(Math.max(0, digits.replace(/[-.]/g, "").length - 1 - exponent));
  const sign = exponent < 0 ? "-" : "+";
  return `${digits}e${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

/** The type of a value at evaluation. */
export function typeOf(value: Value): TypeValue {
  return new TypeValue(typeName(value));
}

function typeName(value: Value): string {
  if (value === null) return "null_type";
  switch (typeof value) {
    case "string":
      return "string";
    case "boolean":
      return "bool";
    case "bigint":
      return "int";
    case "number":
      return "double";
  }
  if (Array.isArray(value)) return "list";
  if (value instanceof MessageValue) return value.type.name;
  if (value instanceof UintValue) return "uint";
  if (value instanceof Uint8Array) return "bytes";
  if (value instanceof MapValue) return "map";
  if (value instanceof TimestampValue) return "google.protobuf.Timestamp";
  if (value instanceof DurationValue) return "google.protobuf.Duration";
  if (value instanceof IpValue) return "net.IP";
  return value instanceof CidrValue ? "net.CIDR" : "type";
}
