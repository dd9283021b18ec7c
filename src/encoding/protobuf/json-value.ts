/** @module Values in the JSON forms of protobuf's types, as they are written in binary form. */
import { isRawNumber } from "../../event/encode.ts";
import { parseTimestamp } from "../../lib/text/timestamp.ts";
import { RoundedNumberError, UnencodableError, writeVarint, writeVarint53, writeVarint64 } from "./wire.ts";

/** Digits of numbers that JavaScript has exactly, all of them. */
const EXACT_DIGITS = 15;
const DECIMAL = /^-?[0-9]{1,20}$/;
const SECONDS_TAG = 0x08;
const NANOS_TAG = 0x10;
const NANOSECONDS = 1_000_000_000n;
const ZERO = 0x30;
const DASH = 0x2d;
const POINT = 0x2e;
const COLON = 0x3a;
const T = 0x54;
const Z = 0x5a;
/** `2023-10-06T22:03:57.700326580Z` */
const MAX_TIME = 30;

/** The integer of 32 bits or fewer, with or without sign, that is not a plain number of that range. */
export function smallInteger(value: unknown, min: number, max: number): number {
  const number = isRawNumber(value) ? Number(value.rawJSON) : isDecimal(value) ? Number(value) : value;
  if (typeof number === "number" && Number.isInteger(number) && number >= min && number <= max) return number;
  throw new UnencodableError("not an integer of 32 bits");
}

/** Writes an integer of 64 bits: the JSON form is a decimal string, and a number as well. */
export function writeInteger64(b: Uint8Array, at: number, value: unknown): number {
  if (typeof value === "number") {
    if (Number.isSafeInteger(value)) {
      return value >= 0 ? writeVarint53(b, at, value) : writeVarint64(b, at, BigInt(value));
    }
    if (Number.isInteger(value)) throw new RoundedNumberError("a number of more than 53 bits");
  } else if (isDecimal(value)) {
    if (value.length <= EXACT_DIGITS && value.charCodeAt(0) >= ZERO)
      return writeVarint53(b, at, Number(value));
    return writeVarint64(b, at, BigInt(value));
  } else if (isRawNumber(value)) {
    const { rawJSON } = value;
    return DECIMAL.test(rawJSON)
      ? writeVarint64(b, at, BigInt(rawJSON))
      : writeInteger64(b, at, exact(Number(rawJSON)));
  }
  throw new UnencodableError("not an integer of 64 bits");
}

/** Whether an integer of 64 bits is 0, in any of its forms. */
export function isZero64(value: unknown): boolean {
  return value === 0 || value === "0" || (isRawNumber(value) && Number(value.rawJSON) === 0);
}

/** `1e20`, of which JavaScript knows all digits. */
function exact(value: number): string {
  if (!Number.isInteger(value)) throw new UnencodableError("not an integer");
  return String(BigInt(value));
}

function isDecimal(value: unknown): value is string {
  return typeof value === "string" && DECIMAL.test(value);
}

/** The number that the two digits at `at` are; of what is no digit, one that is not from 0 to 99. */
function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - ZERO;
  const ones = text.charCodeAt(at + 1) - ZERO;
  return tens >>> 0 <= 9 && ones >>> 0 <= 9 ? tens * 10 + ones : Number.NaN;
}

/** Days of a year before each month, of a year without a leap day. */
const DAYS_BEFORE = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365];
/** Days from the beginning of the year 1 until 1970. */
const DAYS_UNTIL_1970 = 719_162;

/** Seconds from 1970 until the day that `text` begins with; of what is no day, `NaN` or a number below 0. */
function dayStart(text: string): number {
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  const isLeap = (year & 3) === 0 && (year % 100 !== 0 || year % 400 === 0);
  const length = DAYS_BEFORE[month]! - DAYS_BEFORE[month - 1]! + (month === 2 && isLeap ? 1 : 0);
  if (!(day >= 1 && day <= length) || text.charCodeAt(4) !== DASH || text.charCodeAt(7) !== DASH)
    return Number.NaN;
  if (text.charCodeAt(10) !== T) return Number.NaN;
  const before = year - 1;
  const leapDays = (before >> 2) - ((before / 100) | 0) + ((before / 400) | 0);
  const days = before * 365 + leapDays + DAYS_BEFORE[month - 1]! + (month > 2 && isLeap ? 1 : 0) + day - 1;
  return (days - DAYS_UNTIL_1970) * 86_400;
}

/** Writes `google.protobuf.Timestamp` with its length before it. */
export function writeTimestamp(b: Uint8Array, at: number, text: unknown): number {
  if (typeof text !== "string") throw new UnencodableError("not a time");
  const { length } = text;
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const second = twoDigits(text, 17);
  const day = dayStart(text);
  // What is not as Tetragon writes it takes the long way: another zone, a time before 1970, no time at all.
  if (!(day >= 0 && hour < 24 && minute < 60 && second <= 60)) return writeOtherTime(b, at, text);
  if (text.charCodeAt(13) !== COLON || text.charCodeAt(16) !== COLON) return writeOtherTime(b, at, text);
  if (length > 20 && text.charCodeAt(19) !== POINT) return writeOtherTime(b, at, text);
  if (length > MAX_TIME || text.charCodeAt(length - 1) !== Z) return writeOtherTime(b, at, text);
  const seconds = day + hour * 3600 + minute * 60 + second;
  let nanoseconds = 0;
  let digits = 0;
  if (length > 20) {
    digits = length - 21;
    for (let i = 20; i < length - 1; i++) {
      const digit = text.charCodeAt(i) - ZERO;
      if (digit >>> 0 > 9) return writeOtherTime(b, at, text);
      nanoseconds = nanoseconds * 10 + digit;
    }
  }
  for (; digits < 9; digits++) nanoseconds *= 10;
  return writeSecondsAndNanos(b, at, seconds, nanoseconds);
}

/** Writes a message of seconds and nanoseconds, of which the latter are not below 0, with its length before it. */
export function writeSecondsAndNanos(b: Uint8Array, at: number, seconds: number, nanos: number): number {
  let p = at + 1;
  if (seconds !== 0) {
    b[p++] = SECONDS_TAG;
    p = seconds > 0 ? writeVarint53(b, p, seconds) : writeVarint64(b, p, BigInt(seconds));
  }
  if (nanos > 0) {
    b[p++] = NANOS_TAG;
    p = writeVarint(b, p, nanos);
  }
  b[at] = p - at - 1;
  return p;
}

function writeOtherTime(b: Uint8Array, at: number, text: string): number {
  const time = parseTimestamp(text);
  if (time === undefined) throw new UnencodableError("not a time");
  const nanos = ((time % NANOSECONDS) + NANOSECONDS) % NANOSECONDS;
  return writeParts(b, at, (time - nanos) / NANOSECONDS, nanos);
}

function writeParts(b: Uint8Array, at: number, seconds: bigint, nanos: bigint): number {
  let p = at + 1;
  if (seconds !== 0n) {
    b[p++] = SECONDS_TAG;
    p = writeVarint64(b, p, seconds);
  }
  if (nanos !== 0n) {
    b[p++] = NANOS_TAG;
    p = writeVarint64(b, p, nanos);
  }
  b[at] = p - at - 1;
  return p;
}

const DURATION = /^(-?)([0-9]{1,12})(?:\.([0-9]{1,9}))?s$/;

/** Writes `google.protobuf.Duration` with its length before it. */
export function writeDuration(b: Uint8Array, at: number, text: unknown): number {
  const match = typeof text === "string" ? DURATION.exec(text) : null;
  if (match === null) throw new UnencodableError("not a duration");
  const [, sign, whole, fraction = ""] = match;
  const factor = sign === "-" ? -1n : 1n;
  return writeParts(b, at, factor * BigInt(whole!), factor * BigInt(fraction.padEnd(9, "0")));
}
