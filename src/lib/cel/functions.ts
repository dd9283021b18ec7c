/** @module CEL's standard functions, and Kubernetes' for IP addresses and networks. */
import * as convert from "./convert.ts";
import { CelEvaluationError } from "./error.ts";
import * as network from "./network.ts";
import { calculate, noSuchOverload, shift } from "./operators.ts";
import { dateInZone, TIMESTAMP_PARTS } from "./time.ts";
import * as t from "./type.ts";
import { DurationValue, MapValue, TimestampValue, type Type, toInt, type Value } from "./value.ts";

/** One signature of a function. Methods have their target as the first parameter. */
export interface Overload {
  readonly parameters: readonly Type[];
  readonly result: Type;
  /** Called with values of the parameters' types. @throws CelEvaluationError */
  readonly call: (a: Value, b: Value) => Value;
}

const functions = new Map<string, Overload[]>();

function define(names: string, parameters: readonly Type[], result: Type, call: Overload["call"]): void {
  for (const name of names.split(" ")) {
    const overloads = functions.get(name) ?? [];
    overloads.push({ parameters, result, call });
    functions.set(name, overloads);
  }
}

/** The overloads of `name`: operators as they are written, functions as `size`, methods as `.size`. */
export function overloadsOf(name: string): readonly Overload[] | undefined {
  return functions.get(name);
}

const LIST = t.listOf(t.DYN);
const MAP = t.mapOf(t.DYN, t.DYN);

for (const operator of ["+", "-", "*", "/", "%"] as const) {
  const kinds = operator === "%" ? [t.INT, t.UINT] : [t.INT, t.UINT, t.DOUBLE];
  for (const type of kinds) define(operator, [type, type], type, (a, b) => calculate(operator, a, b));
}
for (const operator of ["+", "-"] as const) {
  const call: Overload["call"] = (a, b) => shift(operator, a, b);
  define(operator, [t.TIMESTAMP, t.DURATION], t.TIMESTAMP, call);
  define(operator, [t.DURATION, t.DURATION], t.DURATION, call);
}
define("+", [t.DURATION, t.TIMESTAMP], t.TIMESTAMP, (a, b) => shift("+", a, b));
define("-", [t.TIMESTAMP, t.TIMESTAMP], t.DURATION, (a, b) => shift("-", a, b));
define("+", [t.STRING, t.STRING], t.STRING, (a, b) => (a as string) + (b as string));
define("+", [t.BYTES, t.BYTES], t.BYTES, (a, b) =>
  Uint8Array.from(Buffer.concat([a as Uint8Array, b as Uint8Array])),
);
define("!", [t.BOOL], t.BOOL, (a) => !a);
define("-_", [t.INT], t.INT, (a) => toInt(-(a as bigint)));
define("-_", [t.DOUBLE], t.DOUBLE, (a) => -(a as number));

/** Code points of a string. */
function stringSize(text: string): bigint {
  let size = 0;
  for (const _ of text) size++;
  return BigInt(size);
}

define("size .size", [t.STRING], t.INT, (a) => stringSize(a as string));
define("size .size", [t.BYTES], t.INT, (a) => BigInt((a as Uint8Array).length));
define("size .size", [LIST], t.INT, (a) => BigInt((a as readonly Value[]).length));
define("size .size", [MAP], t.INT, (a) => BigInt((a as MapValue).size));
define(".startsWith", [t.STRING, t.STRING], t.BOOL, (a, b) => (a as string).startsWith(b as string));
define(".endsWith", [t.STRING, t.STRING], t.BOOL, (a, b) => (a as string).endsWith(b as string));
define(".contains", [t.STRING, t.STRING], t.BOOL, (a, b) => (a as string).includes(b as string));

for (const type of [t.INT, t.UINT, t.DOUBLE, t.STRING, t.TIMESTAMP, t.DURATION]) {
  define("int", [type], t.INT, convert.convertToInt);
}
for (const type of [t.INT, t.UINT, t.DOUBLE, t.STRING]) {
  define("uint", [type], t.UINT, convert.convertToUint);
  define("double", [type], t.DOUBLE, convert.convertToDouble);
}
for (const type of [t.BOOL, t.STRING]) define("bool", [type], t.BOOL, convert.convertToBool);
for (const type of [t.BYTES, t.STRING]) define("bytes", [type], t.BYTES, convert.convertToBytes);
for (const type of [t.TIMESTAMP, t.STRING, t.INT]) {
  define("timestamp", [type], t.TIMESTAMP, convert.convertToTimestamp);
}
for (const type of [t.DURATION, t.STRING]) {
  define("duration", [type], t.DURATION, convert.convertToDuration);
}
for (const type of [
  t.STRING,
  t.BOOL,
  t.INT,
  t.UINT,
  t.DOUBLE,
  t.BYTES,
  t.TIMESTAMP,
  t.DURATION,
  t.IP,
  t.CIDR,
]) {
  define("string", [type], t.STRING, convert.convertToString);
}
define("dyn", [t.DYN], t.DYN, (a) => a);
define("type", [t.DYN], t.TYPE, convert.typeOf);

for (const [name, read] of Object.entries(TIMESTAMP_PARTS)) {
  const part = (a: Value, zone: string): Value => BigInt(read(dateInZone(a as TimestampValue, zone)));
  define(`.${name}`, [t.TIMESTAMP], t.INT, (a) => part(a, ""));
  define(`.${name}`, [t.TIMESTAMP, t.STRING], t.INT, (a, b) => part(a, b as string));
}
for (const [name, unit] of [
  ["getHours", 3_600_000_000_000n],
  ["getMinutes", 60_000_000_000n],
  ["getSeconds", 1_000_000_000n],
  ["getMilliseconds", 1_000_000n],
] as const) {
  define(`.${name}`, [t.DURATION], t.INT, (a) => (a as DurationValue).nanoseconds / unit);
}

function parses(parse: (text: string) => unknown): Overload["call"] {
  return (a) => {
    try {
      parse(a as string);
      return true;
    } catch (error) {
      if (error instanceof CelEvaluationError) return false;
      throw error;
    }
  };
}

define("ip", [t.STRING], t.IP, (a) => network.parseIp(a as string));
define("cidr", [t.STRING], t.CIDR, (a) => network.parseCidr(a as string));
define("isIP", [t.STRING], t.BOOL, parses(network.parseIp));
define("isCIDR", [t.STRING], t.BOOL, parses(network.parseCidr));
define("ip.isCanonical", [t.STRING], t.BOOL, (a) => String(network.parseIp(a as string)) === a);
define(".family", [t.IP], t.INT, (a) => BigInt((a as network.IpValue).family));
for (const [name, test] of [
  [".isUnspecified", network.isUnspecified],
  [".isLoopback", network.isLoopback],
  [".isLinkLocalMulticast", network.isLinkLocalMulticast],
  [".isLinkLocalUnicast", network.isLinkLocalUnicast],
  [".isGlobalUnicast", network.isGlobalUnicast],
] as const) {
  define(name, [t.IP], t.BOOL, (a) => test(a as network.IpValue));
}
define(".containsIP", [t.CIDR, t.STRING], t.BOOL, (a, b) =>
  (a as network.CidrValue).containsIp(network.parseIp(b as string)),
);
define(".containsIP", [t.CIDR, t.IP], t.BOOL, (a, b) =>
  (a as network.CidrValue).containsIp(b as network.IpValue),
);
define(".containsCIDR", [t.CIDR, t.STRING], t.BOOL, (a, b) =>
  (a as network.CidrValue).containsCidr(network.parseCidr(b as string)),
);
define(".containsCIDR", [t.CIDR, t.CIDR], t.BOOL, (a, b) =>
  (a as network.CidrValue).containsCidr(b as network.CidrValue),
);
define(".ip", [t.CIDR], t.IP, (a) => (a as network.CidrValue).ip);
define(".masked", [t.CIDR], t.CIDR, (a) => (a as network.CidrValue).masked());
define(".prefixLength", [t.CIDR], t.INT, (a) => BigInt((a as network.CidrValue).prefixLength));

const RUNTIME_TESTS: Readonly<Record<string, (value: Value) => boolean>> = {
  dyn: () => true,
  null: (value) => value === null,
  bool: (value) => typeof value === "boolean",
  int: (value) => typeof value === "bigint",
  double: (value) => typeof value === "number",
  string: (value) => typeof value === "string",
  list: (value) => Array.isArray(value),
  map: (value) => value instanceof MapValue,
  bytes: (value) => value instanceof Uint8Array,
  timestamp: (value) => value instanceof TimestampValue,
  duration: (value) => value instanceof DurationValue,
  ip: (value) => value instanceof network.IpValue,
  cidr: (value) => value instanceof network.CidrValue,
};

/** Whether a value that is there at evaluation fits a parameter. */
export function fitsParameter(value: Value, { kind }: Type): boolean {
  const test = RUNTIME_TESTS[kind];
  return test === undefined ? convert.typeOf(value).name === kind : test(value);
}

/** Calls the overload that fits the values. @throws CelEvaluationError when there is none */
export function dispatch(overloads: readonly Overload[], a: Value, b: Value): Value {
  for (const { parameters, call } of overloads) {
    const [first, second] = parameters;
    if (fitsParameter(a, first!) && (second === undefined || fitsParameter(b, second))) return call(a, b);
  }
  return noSuchOverload();
}
