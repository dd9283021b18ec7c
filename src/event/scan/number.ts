/** @module Scanners of numbers. The caller checks that no digit follows what they took. */
import { QUOTE, type Scanner, UNSURE } from "./line.ts";

const MINUS = 0x2d;
const PLUS = 0x2b;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const LOWER_E = 0x65;
const TO_LOWER = 0x20;

/** The position after the digits at `at`, of which there may be none. */
function skipDigits(bytes: Uint8Array, at: number): number {
  let next = at;
  while (bytes[next]! >= ZERO && bytes[next]! <= NINE) next++;
  return next;
}

/** A number as JSON has them. */
export function scanNumber(bytes: Uint8Array, at: number): number {
  const first = bytes[at] === MINUS ? at + 1 : at;
  let next = skipDigits(bytes, first);
  if (next === first || (bytes[first] === ZERO && next > first + 1)) return UNSURE;
  if (bytes[next] === DOT) {
    const fraction = next + 1;
    next = skipDigits(bytes, fraction);
    if (next === fraction) return UNSURE;
  }
  if ((bytes[next]! | TO_LOWER) === LOWER_E) {
    next++;
    if (bytes[next] === PLUS || bytes[next] === MINUS) next++;
    const exponent = next;
    next = skipDigits(bytes, exponent);
    if (next === exponent) return UNSURE;
  }
  return next;
}

/** Whether the digits at `at`, as many as `limit` has, are a number no larger than `limit`. */
function isWithin(bytes: Uint8Array, at: number, limit: Uint8Array): boolean {
  for (let i = 0; i < limit.length; i++) {
    if (bytes[at + i] !== limit[i]) return bytes[at + i]! < limit[i]!;
  }
  return true;
}

/** A scanner of integers, bare or quoted, without exponents. @param min -0 is no such integer. */
function integers(min: bigint, max: bigint): Scanner {
  const highest = new TextEncoder().encode(String(max));
  const lowest = new TextEncoder().encode(String(-min));
  const isSigned = min < 0n;
  /** From after the sign. */
  const magnitude = (bytes: Uint8Array, at: number, limit: Uint8Array): number => {
    const next = skipDigits(bytes, at);
    const digits = next - at;
    if (digits === 0 || digits > limit.length) return UNSURE;
    if (bytes[at] === ZERO && (digits > 1 || limit === lowest)) return UNSURE;
    return digits < limit.length || isWithin(bytes, at, limit) ? next : UNSURE;
  };
  const bare = (bytes: Uint8Array, at: number): number => {
    if (bytes[at] !== MINUS) return magnitude(bytes, at, highest);
    return isSigned ? magnitude(bytes, at + 1, lowest) : UNSURE;
  };
  return (bytes, _view, at) => {
    if (bytes[at] !== QUOTE) return bare(bytes, at);
    const next = bare(bytes, at + 1);
    return next >= 0 && bytes[next] === QUOTE ? next + 1 : UNSURE;
  };
}

export const scanUint32: Scanner = integers(0n, 2n ** 32n - 1n);
export const scanInt32: Scanner = integers(-(2n ** 31n), 2n ** 31n - 1n);
export const scanUint64: Scanner = integers(0n, 2n ** 64n - 1n);
export const scanInt64: Scanner = integers(-(2n ** 63n), 2n ** 63n - 1n);
