/**
 * @module The JSON forms of protobuf's types, as protojson reads them: one named test for each, so that valibot and the
 * compiled validator run the same code.
 */

import { isObject } from "../../lib/json/object.ts";
import type { SimpleType } from "../description/descriptor.ts";
import { isTimestamp } from "./timestamp.ts";

const MAX_UINT64 = 2n ** 64n - 1n;
const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;

/** Decimal digits of the longest 64-bit integers, sign included. */
const MAX_DIGITS = 20;
const DECIMAL = /^-?(?:0|[1-9][0-9]*)$/;

function isDecimalString(value: unknown, min: bigint, max: bigint): boolean {
  if (typeof value !== "string" || value.length > MAX_DIGITS || !DECIMAL.test(value)) return false;
  const number = BigInt(value);
  return number >= min && number <= max;
}

/** Whether `value` is a `uint32`: a number or a decimal string. */
function isUint32(value: unknown): boolean {
  return typeof value === "number" ? value >>> 0 === value : isDecimalString(value, 0n, 0xffff_ffffn);
}

/** Whether `value` is an `int32`: a number or a decimal string. */
function isInt32(value: unknown): boolean {
  return typeof value === "number"
    ? (value | 0) === value
    : isDecimalString(value, -0x8000_0000n, 0x7fff_ffffn);
}

/**
 * Whether `value` is a `uint64`: protojson writes a decimal string and reads a number as well. A bare number is what
 * `JSON.parse` made of it: 2^64 - 1 arrives as 2^64, which is therefore let through.
 */
function isUint64(value: unknown): boolean {
  return typeof value === "number"
    ? Number.isInteger(value) && value >= 0 && value <= 2 ** 64
    : isDecimalString(value, 0n, MAX_UINT64);
}

/** Whether `value` is an `int64`; as with {@link isUint64}, 2^63 - 1 arrives as 2^63. */
function isInt64(value: unknown): boolean {
  return typeof value === "number"
    ? Number.isInteger(value) && value >= -(2 ** 63) && value <= 2 ** 63
    : isDecimalString(value, MIN_INT64, MAX_INT64);
}

/** The characters of `text` that carry bytes. */
function unpaddedLength(text: string): number {
  if (text.endsWith("==")) return text.length - 2;
  return text.endsWith("=") ? text.length - 1 : text.length;
}

/**
 * Whether `value` is `bytes`: base64 in the standard or the URL alphabet, padded or not. It decodes: that takes a tenth
 * of the time of a regular expression. White space, which the decoder skips, shows in the length: text of one
 * character more decodes to as many bytes only where it is too long by that one.
 */
function isBase64(value: unknown): boolean {
  if (typeof value !== "string") return false;
  const length = unpaddedLength(value);
  if (length % 4 === 1) return false;
  const alphabet = value.includes("-") || value.includes("_") ? "base64url" : "base64";
  try {
    return Uint8Array.fromBase64(value, { alphabet }).length === Math.floor((length * 3) / 4);
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

const UNDERSCORE = 0x5f;
const LOWER_A = 0x61;

/**
 * Whether `value` is an enum's value: a 32-bit number, or text that begins as an identifier does, with a letter or an
 * underscore. Of a name only the first character is looked at: an event may carry six sets of 41 capabilities.
 */
export function isEnumValue(value: unknown): boolean {
  if (typeof value !== "string") return typeof value === "number" && (value | 0) === value;
  const first = value.charCodeAt(0);
  return ((first | 0x20) - LOWER_A) >>> 0 < 26 || first === UNDERSCORE;
}

/** `1.5s`: up to nine fractional digits. */
const DURATION = /^-?[0-9]{1,12}(?:\.[0-9]{1,9})?s$/;

/** Whether `value` is a `google.protobuf.Duration`. */
function isDuration(value: unknown): boolean {
  return typeof value === "string" && DURATION.test(value);
}

/** Whether `value` is an RFC 3339 time in UTC. */
function isUtcTime(value: unknown): boolean {
  return isTimestamp(value) && isUtc(value as string);
}

/** Whether an RFC 3339 time is one in UTC. */
export function isUtc(time: string): boolean {
  return time.endsWith("Z");
}

/** Whether `value` is a `uint32` and no string. */
function isUint32Number(value: unknown): boolean {
  return typeof value === "number" && isUint32(value);
}

/** Whether `value` is a number of things or bytes that JavaScript counts exactly. */
function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Whether `value` is a time span in seconds. */
function isSeconds(value: unknown): boolean {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

/** The test of each kind that needs more than a look at the value's JavaScript type. */
export const FORM_TESTS = {
  bytes: isBase64,
  int32: isInt32,
  int64: isInt64,
  uint32: isUint32,
  uint64: isUint64,
  timestamp: isTimestamp,
  duration: isDuration,
  any: isObject,
  utc_time: isUtcTime,
  uint32_number: isUint32Number,
  count_number: isCount,
  seconds_number: isSeconds,
} as const satisfies Partial<Record<SimpleType["kind"], (value: unknown) => boolean>>;
