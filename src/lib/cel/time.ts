/** @module Timestamps and durations of CEL. */
import { parseNanoseconds } from "../text/duration.ts";
import {
  floorDivide,
  formatFraction,
  formatTimestamp as formatRfc3339,
  NANOSECONDS_PER_MILLISECOND,
  NANOSECONDS_PER_SECOND,
  parseTimestamp as parseRfc3339,
} from "../text/timestamp.ts";
import { CelEvaluationError } from "./error.ts";
import { DurationValue, MAX_INT64, MIN_INT64, TimestampValue } from "./value.ts";

/** 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999999999Z. */
const MIN_TIMESTAMP = -62_135_596_800n * NANOSECONDS_PER_SECOND;
const MAX_TIMESTAMP = 253_402_300_800n * NANOSECONDS_PER_SECOND - 1n;

function isTimestamp(nanoseconds: bigint): boolean {
  return nanoseconds >= MIN_TIMESTAMP && nanoseconds <= MAX_TIMESTAMP;
}

/** An RFC 3339 time in the years 1 to 9999, or `undefined`. */
export function parseTimestamp(text: string): TimestampValue | undefined {
  const nanoseconds = parseRfc3339(text);
  return nanoseconds === undefined || !isTimestamp(nanoseconds) ? undefined : new TimestampValue(nanoseconds);
}

/** `nanoseconds` since 1970 as a timestamp. @throws CelEvaluationError outside the years 1 to 9999 */
export function toTimestamp(nanoseconds: bigint): TimestampValue {
  if (!isTimestamp(nanoseconds)) throw new CelEvaluationError("timestamp overflow");
  return new TimestampValue(nanoseconds);
}

/** `nanoseconds` as a duration. @throws CelEvaluationError beyond 64 bits, which is what Go's `time.Duration` has */
export function toDuration(nanoseconds: bigint): DurationValue {
  if (nanoseconds > MAX_INT64 || nanoseconds < MIN_INT64) throw new CelEvaluationError("duration overflow");
  return new DurationValue(nanoseconds);
}

/** As Go's `time.ParseDuration`: `1h30m`, `-1.5s`. @throws CelEvaluationError */
export function parseDuration(text: string): DurationValue {
  const nanoseconds = parseNanoseconds(text);
  if (nanoseconds === undefined) throw new CelEvaluationError("not a duration");
  return new DurationValue(nanoseconds);
}

/** RFC 3339 with as many fractional digits as there are. */
export function formatTimestamp({ nanoseconds }: TimestampValue): string {
  return formatRfc3339(nanoseconds);
}

/** In seconds: `5400s`, `0.5s`. */
export function formatDuration({ nanoseconds }: DurationValue): string {
  const magnitude = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  const fraction = formatFraction(magnitude % NANOSECONDS_PER_SECOND);
  return `${nanoseconds < 0n ? "-" : ""}${magnitude / NANOSECONDS_PER_SECOND}${fraction}s`;
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
  const milliseconds = Number(floorDivide(nanoseconds, NANOSECONDS_PER_MILLISECOND));
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
