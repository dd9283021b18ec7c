/** @module The scanner of times. */
import { QUOTE, UNSURE } from "./line.ts";

const DASH = 0x2d;
const COLON = 0x3a;
const T = 0x54;
const Z = 0x5a;
const PLUS = 0x2b;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;

function isDigit(bytes: Uint8Array, at: number): boolean {
  return bytes[at]! >= ZERO && bytes[at]! <= NINE;
}

/** Whether the two digits at `at` are a number from `min` to `max`, which is below 100. */
function isPart(bytes: Uint8Array, at: number, min: number, max: number): boolean {
  const ones = bytes[at + 1]! - ZERO;
  const number = (bytes[at]! - ZERO) * 10 + ones;
  return ones >= 0 && ones <= 9 && number >= min && number <= max;
}

/** A time, from after the opening quote: {@link isTimestamp} says of what form. */
export function scanTime(bytes: Uint8Array, _view: DataView, at: number): number {
  if (bytes[at + 4] !== DASH || bytes[at + 7] !== DASH || bytes[at + 10] !== T) return UNSURE;
  if (bytes[at + 13] !== COLON || bytes[at + 16] !== COLON) return UNSURE;
  if (!isDigit(bytes, at) || !isDigit(bytes, at + 1)) return UNSURE;
  if (!isDigit(bytes, at + 2) || !isDigit(bytes, at + 3)) return UNSURE;
  if (!isPart(bytes, at + 5, 1, 12) || !isPart(bytes, at + 8, 1, 31)) return UNSURE;
  if (!isPart(bytes, at + 11, 0, 23) || !isPart(bytes, at + 14, 0, 59)) return UNSURE;
  if (!isPart(bytes, at + 17, 0, 60)) return UNSURE;
  let next = at + 19;
  if (bytes[next] === DOT) {
    next++;
    while (isDigit(bytes, next)) next++;
    const digits = next - at - 20;
    if (digits < 1 || digits > 9) return UNSURE;
  }
  const zone = bytes[next]!;
  if (zone !== Z) {
    if ((zone !== PLUS && zone !== DASH) || bytes[next + 3] !== COLON) return UNSURE;
    if (!isPart(bytes, next + 1, 0, 23) || !isPart(bytes, next + 4, 0, 59)) return UNSURE;
    next += 5;
  }
  return bytes[next + 1] === QUOTE ? next + 2 : UNSURE;
}
