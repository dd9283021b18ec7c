/** @module The JSON form of `google.protobuf.Timestamp`. */

const DASH = 0x2d;
const COLON = 0x3a;
const T = 0x54;
const Z = 0x5a;
const PLUS = 0x2b;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;

/** Whether a decimal digit is at `at`. After the end there is none: comparisons with NaN are false. */
function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= ZERO && code <= NINE;
}

/** Whether the two digits at `at` are a number from `min` to `max`, which is below 100. */
function isPart(text: string, at: number, min: number, max: number): boolean {
  const ones = text.charCodeAt(at + 1) - ZERO;
  const number = (text.charCodeAt(at) - ZERO) * 10 + ones;
  return ones >= 0 && ones <= 9 && number >= min && number <= max;
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
  if (!isDigit(value, 0) || !isDigit(value, 1) || !isDigit(value, 2) || !isDigit(value, 3)) return false;
  if (!isPart(value, 5, 1, 12) || !isPart(value, 8, 1, 31)) return false;
  if (!isPart(value, 11, 0, 23) || !isPart(value, 14, 0, 59) || !isPart(value, 17, 0, 60)) return false;
  let at = 19;
  if (value.charCodeAt(at) === DOT) {
    at++;
    while (isDigit(value, at)) at++;
    if (at < 21 || at > 29) return false;
  }
  const zone = value.charCodeAt(at);
  if (zone === Z) return value.length === at + 1;
  if ((zone !== PLUS && zone !== DASH) || value.length !== at + 6) return false;
  return isPart(value, at + 1, 0, 23) && value.charCodeAt(at + 3) === COLON && isPart(value, at + 4, 0, 59);
}
