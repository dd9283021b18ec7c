/** @module Timestamps and durations of CEL. */
import { CelEvaluationError } from "./error.ts";
import { DurationValue, TimestampValue } from "./value.ts";

const NS_PER_SECOND = 1_000_000_000n;
const NS_PER_MS = 1_000_000n;
/** 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999999999Z. */
const MIN_TIMESTAMP = -62_135_596_800n * NS_PER_SECOND;
const MAX_TIMESTAMP = 253_402_300_800n * NS_PER_SECOND - 1n;
/** Go's `time.Duration` has 64 bits. */
const MAX_DURATION = 2n ** 63n - 1n;

const RFC3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?(Z|[-+]\d\d:\d\d)$/;

/** An RFC 3339 time, or `undefined`. */
export function parseTimestamp(text: string): TimestampValue | undefined {
  const match = RFC3339.exec(text);
  if (match === null) return undefined;
  const [, seconds, fraction = "", zone] = match;
  const milliseconds = Date.parse(`${seconds}${zone}`);
  if (Number.isNaN(milliseconds)) return undefined;
  const nanoseconds = BigInt(milliseconds) * NS_PER_MS + BigInt(fraction.padEnd(9, "0"));
  return nanoseconds < MIN_TIMESTAMP || nanoseconds > MAX_TIMESTAMP
    ? undefined
    : new TimestampValue(nanoseconds);
}

/** @throws CelEvaluationError outside the years 1 to 9999 */
export function toTimestamp(nanoseconds: bigint): TimestampValue {
  if (nanoseconds < MIN_TIMESTAMP || nanoseconds > MAX_TIMESTAMP)
    throw new CelEvaluationError("timestamp overflow");
  return new TimestampValue(nanoseconds);
}

/** @throws CelEvaluationError beyond 64 bits of nanoseconds */
export function toDuration(nanoseconds: bigint): DurationValue {
  if (nanoseconds > MAX_DURATION || nanoseconds < -MAX_DURATION - 1n)
    throw new CelEvaluationError("duration overflow");
  return new DurationValue(nanoseconds);
}

const UNITS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1000n,
  "\u00b5s": 1000n,
  "\u03bcs": 1000n,
  ms: NS_PER_MS,
  s: NS_PER_SECOND,
  m: 60n * NS_PER_SECOND,
  h: 3600n * NS_PER_SECOND,
};
const DURATION_PART = /(?:(\d{1,19})(?:\.(\d{0,18}))?|\.(\d{1,18}))(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/y;

/** As Go's `time.ParseDuration`: `1h30m`, `-1.5s`. @throws CelEvaluationError */
export function parseDuration(text: string): DurationValue {
  const sign = /^[-+]/.exec(text)?.[0] ?? "";
  const unsigned = text.slice(sign.length);
  if (unsigned === "0") return new DurationValue(0n);
  let total = 0n;
  let at = 0;
  do {
    DURATION_PART.lastIndex = at;
    const match = DURATION_PART.exec(unsigned);
    if (match === null) throw new CelEvaluationError("not a duration");
    const [part, whole = "0", decimals, onlyDecimals, unit] = match;
    const fraction = decimals ?? onlyDecimals ?? "";
    const scale = UNITS[unit!]!;
    total +=
      BigInt(whole) * scale +
      (BigInt(fraction === "" ? "0" : fraction) * scale) / 10n ** BigInt(fraction.length);
    at += part.length;
  } while (at < unsigned.length);
  return toDuration(sign === "-" ? -total : total);
}

/** RFC 3339 with as many fractional digits as there are. */
export function formatTimestamp({ nanoseconds }: TimestampValue): string {
  const seconds = floorDivide(nanoseconds, NS_PER_SECOND);
  const text = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
  return `${text}${formatFraction(nanoseconds - seconds * NS_PER_SECOND)}Z`;
}

/** In seconds: `5400s`, `0.5s`. */
export function formatDuration({ nanoseconds }: DurationValue): string {
  const magnitude = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  const fraction = formatFraction(magnitude % NS_PER_SECOND);
  return `${nanoseconds < 0n ? "-" : ""}${magnitude / NS_PER_SECOND}${fraction}s`;
}

function formatFraction(nanoseconds: bigint): string {
  if (nanoseconds === 0n) return "";
  return `.${nanoseconds.toString().padStart(9, "0").replace(/0+$/, "")}`;
}

function floorDivide(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value % by < 0n ? quotient - 1n : quotient;
}

/** Parts of a timestamp that CEL's `get...` methods return. */
export const TIMESTAMP_PARTS: Readonly<Record<string, (date: Date) => number>> = {
  getFullYear: (date) => date.getUTCFullYear(),
  getMonth: (date) => date.getUTCMonth(),
  getDate: (date) => date.getUTCDate(),
  getDayOfMonth: (date) => date.getUTCDate() - 1,
  getDayOfWeek: (date) => date.getUTCDay(),
  getDayOfYear: (date) => Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000),
  getHours: (date) => date.getUTCHours(),
  getMinutes: (date) => date.getUTCMinutes(),
  getSeconds: (date) => date.getUTCSeconds(),
  getMilliseconds: (date) => date.getUTCMilliseconds(),
};

const OFFSET = /^([-+]?)(\d\d):(\d\d)$/;

/**
 * A date whose UTC parts are the parts of `timestamp` in `zone`: an offset or a name of the IANA database.
 * @throws CelEvaluationError for a zone that does not exist
 */
export function dateInZone({ nanoseconds }: TimestampValue, zone: string): Date {
  const milliseconds = Number(floorDivide(nanoseconds, NS_PER_MS));
  if (zone === "" || zone === "UTC") return new Date(milliseconds);
  const offset = OFFSET.exec(zone);
  if (offset !== null) {
    const minutes = Number(offset[2]) * 60 + Number(offset[3]);
    return new Date(milliseconds + (offset[1] === "-" ? -minutes : minutes) * 60_000);
  }
  return new Date(milliseconds + namedZoneOffset(milliseconds, zone));
}

const zoneFormats = new Map<string, Intl.DateTimeFormat>();
/** Zones come from expressions, of which there are few; those from events must not fill the memory. */
const MAX_ZONE_FORMATS = 64;

function namedZoneOffset(milliseconds: number, zone: string): number {
  let format = zoneFormats.get(zone);
  if (format === undefined) {
    try {
      format = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" });
    } catch {
      throw new CelEvaluationError("unknown time zone");
    }
    if (zoneFormats.size === MAX_ZONE_FORMATS) zoneFormats.clear();
    zoneFormats.set(zone, format);
  }
  const name = format.formatToParts(milliseconds).find(({ type }) => type === "timeZoneName")?.value ?? "";
  const match = /GMT([-+])(\d\d):(\d\d)/.exec(name);
  if (match === null) return 0;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  return (match[1] === "-" ? -minutes : minutes) * 60_000;
}
