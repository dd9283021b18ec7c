/** @module Times with nanoseconds as RFC 3339 has them, which `Date` cannot hold. */

const NANOSECONDS_PER_SECOND = 1_000_000_000n;
const NANOSECONDS_PER_MILLISECOND = 1_000_000n;

const RFC_3339 =
  /^(\d{4}-\d\d-(\d\d)T(?:[01]\d|2[0-3]):\d\d:\d\d)(?:\.(\d{1,9})\d*)?(?:Z|([-+])([01]\d|2[0-3]):([0-5]\d))$/;
/** Every month has as many days. */
const DAYS_OF_ANY_MONTH = 28;

/**
 * Nanoseconds since 1970 of an RFC 3339 time, or `undefined` when `text` is none: no day that the month does not
 * have, no leap second, both as in Go. Digits beyond the ninth of a fraction do not count.
 */
export function parseTimestamp(text: string): bigint | undefined {
  const match = RFC_3339.exec(text);
  if (match === null) return undefined;
  const [, local, day, fraction = "", sign, hours, minutes] = match;
  const milliseconds = Date.parse(`${local}Z`);
  if (Number.isNaN(milliseconds)) return undefined;
  // `Date.parse` takes February 31 for a day of March.
  if (Number(day) > DAYS_OF_ANY_MONTH && new Date(milliseconds).getUTCDate() !== Number(day))
    return undefined;
  const offset = sign === undefined ? 0 : (Number(hours) * 60 + Number(minutes)) * 60_000;
  const utc = sign === "-" ? milliseconds + offset : milliseconds - offset;
  return BigInt(utc) * NANOSECONDS_PER_MILLISECOND + BigInt(fraction.padEnd(9, "0"));
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
