/** @module The JSON form of `google.protobuf.Timestamp`. */

const DASH = 0x2d;
const COLON = 0x3a;
const T = 0x54;
const Z = 0x5a;
const PLUS = 0x2b;
const DOT = 0x2e;
const ZERO = 0x30;

/** The two decimal digits at `at`, or NaN or a number above 99 where they are none. */
function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - ZERO;
  const ones = text.charCodeAt(at + 1) - ZERO;
  return tens >>> 0 <= 9 && ones >>> 0 <= 9 ? tens * 10 + ones : 100;
}

/**
 * Whether `value` is an RFC 3339 time: `2023-09-09T23:27:42.751301123Z`. Zero to nine fractional digits, `Z` or
 * an offset; each part in its range, a leap second included; the day is not checked against the month.
 */
export function isTimestamp(value: unknown): boolean {
  if (typeof value !== "string" || value.length < 20) return false;
  if (value.charCodeAt(4) !== DASH || value.charCodeAt(7) !== DASH || value.charCodeAt(10) !== T)
    return false;
  if (value.charCodeAt(13) !== COLON || value.charCodeAt(16) !== COLON) return false;
  if (twoDigits(value, 0) > 99 || twoDigits(value, 2) > 99) return false;
  const month = twoDigits(value, 5);
  const day = twoDigits(value, 8);
  if (month < 1 || month > 12 || day < 1 || day > 31) return false;
  if (twoDigits(value, 11) > 23 || twoDigits(value, 14) > 59 || twoDigits(value, 17) > 60) return false;
  let at = 19;
  if (value.charCodeAt(at) === DOT) {
    do at++;
    while ((value.charCodeAt(at) - ZERO) >>> 0 <= 9);
    if (at < 21 || at > 29) return false;
  }
  const zone = value.charCodeAt(at);
  if (zone === Z) return value.length === at + 1;
  if ((zone !== PLUS && zone !== DASH) || value.length !== at + 6) return false;
  return (
    value.charCodeAt(at + 3) === COLON && twoDigits(value, at + 1) <= 23 && twoDigits(value, at + 4) <= 59
  );
}
