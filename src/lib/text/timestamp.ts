/** @module Times with nanoseconds as RFC 3339 has them, which `Date` cannot hold. */

/** Nanoseconds of a second, and of a millisecond. */
export const NANOSECONDS_PER_SECOND = 1_000_000_000n;
export const NANOSECONDS_PER_MILLISECOND = 1_000_000n;

const ZERO = 0x30;
const FORM = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[-+]\d\d:\d\d)$/;
/** Every month has as many days. */
const DAYS_OF_ANY_MONTH = 28;
/** After so many years the calendar repeats, days of the week included. */
const CYCLE_YEARS = 400;
const CYCLE_MILLISECONDS = 146_097 * 86_400_000;

/**
 * Nanoseconds since 1970 of an RFC 3339 time, or `undefined` when `text` is none: no day that the month does not
 * have, no leap second, both as in Go. Digits beyond the ninth of a fraction do not count.
 */
export function parseTimestamp(text: string): bigint | undefined {
  if (!FORM.test(text)) return undefined;
  const milliseconds = parseLocal(text);
  const zoneAt = text.length - (text.endsWith("Z") ? "Z" : "+00:00").length;
  const offset = parseOffset(text, zoneAt);
  if (milliseconds === undefined || offset === undefined) return undefined;
  const fraction = text.slice("2023-10-06T22:03:57.".length, zoneAt).slice(0, 9).padEnd(9, "0");
  return BigInt(milliseconds - offset) * NANOSECONDS_PER_MILLISECOND + BigInt(fraction);
}

/** The number that the two digits at `at` are. */
function twoDigits(text: string, at: number): number {
  return (text.charCodeAt(at) - ZERO) * 10 + text.charCodeAt(at + 1) - ZERO;
}

/** Milliseconds of what comes before the fraction, as if it were in UTC. */
function parseLocal(text: string): number | undefined {
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  const [month, day] = [twoDigits(text, 5), twoDigits(text, 8)];
  const [hour, minute, second] = [twoDigits(text, 11), twoDigits(text, 14), twoDigits(text, 17)];
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59)
    return undefined;
  // `Date.UTC` takes years below 100 for ones of the last century, and February 30 for a day of March.
  const milliseconds =
    Date.UTC(year + CYCLE_YEARS, month - 1, day, hour, minute, second) - CYCLE_MILLISECONDS;
  if (day > DAYS_OF_ANY_MONTH && new Date(milliseconds).getUTCDate() !== day) return undefined;
  return milliseconds;
}

/** Milliseconds by which the zone at `at`, `Z` or an offset, is ahead of UTC. */
function parseOffset(text: string, at: number): number | undefined {
  if (text.endsWith("Z")) return 0;
  const [hours, minutes] = [twoDigits(text, at + 1), twoDigits(text, at + 4)];
  if (hours > 23 || minutes > 59) return undefined;
  const milliseconds = (hours * 60 + minutes) * 60_000;
  return text.charAt(at) === "-" ? -milliseconds : milliseconds;
}

/** `nanoseconds` since 1970, in a year from 0 to 9999, in UTC with as many fractional digits as it takes. */
export function formatTimestamp(nanoseconds: bigint): string {
  const seconds = floorDivide(nanoseconds, NANOSECONDS_PER_SECOND);
  const text = new Date(Number(seconds) * 1000).toISOString().slice(0, -".000Z".length);
  return `${text}${formatFraction(nanoseconds - seconds * NANOSECONDS_PER_SECOND)}Z`;
}

/** A part of a second, from 0 up to a second's `nanoseconds`: a point and the digits up to the last that is not 0. */
export function formatFraction(nanoseconds: bigint): string {
  if (nanoseconds === 0n) return "";
  return `.${nanoseconds.toString().padStart(9, "0").replace(/0+$/, "")}`;
}

/** `value` divided by `by`, which is positive, rounded down: bigints are rounded towards 0. */
export function floorDivide(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value % by < 0n ? quotient - 1n : quotient;
}
