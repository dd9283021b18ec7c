/**
 * @module Integers as Go's `strconv.ParseInt(text, 0, 64)` reads them, which is what Tetragon's flags use:
 * decimal, `0x`, `0o`, `0b`, a leading zero for octal, underscores between digits.
 */

const INTEGER =
  /^[+-]?(?:0[xX](?:_?[0-9a-fA-F])+|0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|0(?:_?[0-7])*|[1-9](?:_?[0-9])*)$/;

/** The integer that `text` stands for, or `undefined` when it is none or is not a safe integer. */
export function parseInteger(text: string): number | undefined {
  if (!INTEGER.test(text)) return undefined;
  const negative = text.startsWith("-");
  const digits = text.replace(/^[+-]/, "").replaceAll("_", "");
  const magnitude = Number(/^0[0-7]/.test(digits) ? `0o${digits}` : digits);
  if (!Number.isSafeInteger(magnitude)) return undefined;
  return negative && magnitude !== 0 ? -magnitude : magnitude;
}
