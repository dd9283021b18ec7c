/** @module Numbers in `values`. */
import type { IntegerRange } from "../../../policy.ts";

/** As Go reads them to the base 0: a prefix sets the base, and so does a leading zero. */
const INTEGER = /^([+-]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))$/;
/** No type has more digits; what is longer is not worth the time. */
const MAX_LENGTH = 80;

/** The integer, or `undefined` for a text that is none. */
export function parseBigInteger(text: string): bigint | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const [whole, sign, hexadecimal, binary, octal, decimal] = INTEGER.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const digits =
    hexadecimal !== undefined
      ? `0x${hexadecimal}`
      : binary !== undefined
        ? `0b${binary}`
        : octal !== undefined
          ? `0o${octal}`
          : decimal!;
  const value = BigInt(digits);
  return sign === "-" ? -value : value;
}

/** `7`, or `3:9` with both ends inclusive. */
export function parseRange(text: string): IntegerRange | undefined {
  const [from = "", to = from, more] = text.split(":");
  const first = parseBigInteger(from.trim());
  const last = parseBigInteger(to.trim());
  return first === undefined || last === undefined || more !== undefined ? undefined : { first, last };
}

/** Sorted, and what touches made one. */
export function mergeRanges(ranges: readonly IntegerRange[]): IntegerRange[] {
  const merged: { first: bigint; last: bigint }[] = [];
  for (const { first, last } of [...ranges].sort((a, b) => (a.first < b.first ? -1 : 1))) {
    const previous = merged.at(-1);
    if (previous === undefined || first > previous.last + 1n) merged.push({ first, last });
    else if (last > previous.last) previous.last = last;
  }
  return merged;
}
