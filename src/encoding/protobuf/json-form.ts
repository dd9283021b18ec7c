/** @module Times in the JSON forms of protobuf's types, as they are read from binary form. */
import type { WireReader } from "./wire-reader.ts";

const SECONDS_TAG = 0x08;
const NANOS_TAG = 0x10;
const NANOSECONDS = 1_000_000_000;
/** 0001-01-01 and the end of 9999: RFC 3339 has no other years. */
const MIN_SECONDS = -62_135_596_800;
const MAX_SECONDS = 253_402_300_799;
/** Ten thousand years of 365.25 days, of 86,400 seconds. */
const MAX_DURATION = 315_576_000_000;

/** What a message of seconds and nanoseconds says. */
let seconds = 0;
let nanos = 0;

/** Reads the fields `[start, end)` of such a message. */
function readParts(reader: WireReader, start: number, end: number): void {
  let at = start;
  seconds = 0;
  nanos = 0;
  while (at < end) {
    const begin = at;
    const tag = reader.varint(at);
    at = reader.at;
    if (tag === SECONDS_TAG) {
      seconds = reader.number(at);
      at = reader.at;
    } else if (tag === NANOS_TAG) {
      nanos = reader.varint(at) | 0;
      at = reader.at;
    } else {
      at = reader.skip(tag, at, end);
      if (at > begin) reader.unknownFields++;
    }
  }
  if (at !== end) reader.fail("cut off within a time");
}

/** The second of the last time, and of the one before, as text: an event says when it was, and when its process began. */
let lastSecond = Number.NaN;
let lastText = "";
let earlierSecond = Number.NaN;
let earlierText = "";

function secondText(second: number): string {
  if (second === lastSecond) return lastText;
  const text = second === earlierSecond ? earlierText : textOf(second);
  earlierSecond = lastSecond;
  earlierText = lastText;
  lastSecond = second;
  lastText = text;
  return text;
}

/** The last days as text, each up to the hour: processes began on any of them. */
const days = new Map<number, string>();
const MAX_DAYS = 64;
const TWO_DIGITS = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, "0"));

function textOf(second: number): string {
  const day = Math.floor(second / 86_400);
  let text = days.get(day);
  if (text === undefined) {
    text = new Date(day * 86_400_000).toISOString().slice(0, "2026-01-31T".length);
    if (days.size === MAX_DAYS) days.clear();
    days.set(day, text);
  }
  const rest = second - day * 86_400;
  const minutes = Math.floor(rest / 60);
  const hour = TWO_DIGITS[Math.floor(minutes / 60)]!;
  return `${text}${hour}:${TWO_DIGITS[minutes % 60]!}:${TWO_DIGITS[rest % 60]!}`;
}

/** Point and digits, 0, 3, 6 or 9 as protobuf has it. */
function fraction(nanoseconds: number): string {
  if (nanoseconds === 0) return "";
  const digits = String(NANOSECONDS + nanoseconds);
  if (nanoseconds % 1000 !== 0) return `.${digits.slice(1)}`;
  return nanoseconds % 1_000_000 === 0 ? `.${digits.slice(1, 4)}` : `.${digits.slice(1, 7)}`;
}

/** The `google.protobuf.Timestamp` `[start, end)` in RFC 3339. @throws MalformedMessageError when it has no such form. */
export function timestampText(reader: WireReader, start: number, end: number): string {
  readParts(reader, start, end);
  if (!(seconds >= MIN_SECONDS && seconds <= MAX_SECONDS && nanos >= 0 && nanos < NANOSECONDS)) {
    reader.fail("a time that is none");
  }
  return `${secondText(seconds)}${fraction(nanos)}Z`;
}

/** The `google.protobuf.Duration` `[start, end)`. @throws MalformedMessageError when it has no form in JSON. */
export function durationText(reader: WireReader, start: number, end: number): string {
  readParts(reader, start, end);
  const isNegative = seconds < 0 || nanos < 0;
  const isMixed = (seconds > 0 && nanos < 0) || (seconds < 0 && nanos > 0);
  if (isMixed || Math.abs(seconds) > MAX_DURATION || Math.abs(nanos) >= NANOSECONDS) {
    reader.fail("a duration that is none");
  }
  return `${isNegative ? "-" : ""}${Math.abs(seconds)}${fraction(Math.abs(nanos))}s`;
}
