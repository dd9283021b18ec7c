/** @module Integers as Go's `strconv` reads them. */

const INTEGER =
  /^[+-]?(?:0[xX](?:_?[0-9a-fA-F])+|0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|0(?:_?[0-7])*|[1-9](?:_?[0-9])*)$/;

/**
 * The integer that `text` stands for as in Tetragon's flags, or `undefined` when it is none or is not a safe integer.
 * As `strconv.ParseInt(text, 0, 64)` reads it: decimal, `0x`, `0o`, `0b`, a leading zero for octal, underscores
 * between digits.
 */
export function parseInteger(text: string): number | undefined {
  if (!INTEGER.test(text)) return undefined;
  const negative = text.startsWith("-");
  const digits = text.replace(/^[+-]/, "").replaceAll("_", "");
  const magnitude = Number(/^0[0-7]/.test(digits) ? `0o${digits}` : digits);
  if (!Number.isSafeInteger(magnitude)) return undefined;
  return negative && magnitude !== 0 ? -magnitude : magnitude;
}

const DECIMAL = /^[-+]?0*[0-9]{1,19}$/;

/** The decimal integer of 64 bits that `text` is, or `undefined`: `strconv.ParseInt(text, 10, 64)`. */
export function parseInt64(text: string): bigint | undefined {
  if (!DECIMAL.test(text)) return undefined;
  const value = BigInt(text.replace("+", ""));
  return value === BigInt.asIntN(64, value) ? value : undefined;
}
