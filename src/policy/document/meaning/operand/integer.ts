/** @module Operators on integers and sets of capabilities. */
import { ARGUMENT_TYPES, type ArgumentTypeName } from "../../../argument-type.ts";
import type { IntegerRange, Operand } from "../../../policy.ts";
import { quote } from "../../finding.ts";
import { capabilityBit, nearestCapability } from "../capability.ts";
import type { Context } from "../context.ts";
import { type Filter, readValues } from "./filter.ts";
import { listRanges } from "./listed.ts";
import { mergeRanges, parseBigInteger, parseRange } from "./numbers.ts";

/** The numbers that a type can have. */
export function boundsOf(type: ArgumentTypeName): IntegerRange {
  const { size = 8, isSigned = false } = ARGUMENT_TYPES[type] as { size?: number; isSigned?: boolean };
  const bits = BigInt(size * 8);
  return isSigned
    ? { first: -(1n << (bits - 1n)), last: (1n << (bits - 1n)) - 1n }
    : { first: 0n, last: (1n << bits) - 1n };
}

/** Reads the operand; `undefined` when something in it is wrong. */
export function integerOperand(filter: Filter, context: Context): Operand | undefined {
  const { operator, isNegated, values } = filter;
  switch (operator) {
    case "InRange":
    case "InMap": {
      const ranges = readRanges(filter, context);
      return ranges.length === 0
        ? undefined
        : { operator: "InRange", isNegated, ranges: context.marksValues ? ranges : mergeRanges(ranges) };
    }
    case "Equal":
    case "GT":
    case "LT":
    case "Mask": {
      const integers = readIntegers(filter, context);
      return integers.length < values.length ? undefined : { operator, isNegated, integers };
    }
    default:
      return undefined;
  }
}

function readIntegers(filter: Filter, context: Context): bigint[] {
  const { type, operator } = filter;
  const bounds = boundsOf(type);
  return readValues(filter, context, (text, refuse) => {
    const value = parseNumber(text, type);
    if (value === undefined) return refuse(noNumber(text, type));
    // A mask is bits, whatever sign they make.
    const last = operator === "Mask" && bounds.first < 0n ? bounds.last * 2n + 1n : bounds.last;
    if (value < bounds.first || value > last) return refuse(outside(text, value, type));
    const never =
      (operator === "Mask" && value === 0n && "no value has a bit in common with 0") ||
      (operator === "GT" && value === bounds.last && `no ${type} is greater`) ||
      (operator === "LT" && value === bounds.first && `no ${type} is less`);
    if (never)
      return refuse({
        found: quote(text),
        expected: "a value that can match",
        cure: `it can never match: ${never}`,
      });
    return value;
  });
}

function readRanges(filter: Filter, context: Context): IntegerRange[] {
  const { type, operator } = filter;
  const bounds = boundsOf(type);
  const found = readValues(filter, context, (text, refuse): IntegerRange[] | undefined => {
    if (operator === "InMap" && text.startsWith("list:")) return listRanges(text, filter, context, refuse);
    const single = parseNumber(text, type);
    const range = single === undefined ? parseRange(text) : { first: single, last: single };
    if (range === undefined) return refuse(noNumber(text, type, "a number, or two as first:last"));
    for (const end of [range.first, range.last]) {
      if (end < bounds.first || end > bounds.last) return refuse(outside(text, end, type));
    }
    if (range.first > range.last) {
      return refuse({
        found: quote(text),
        expected: "the smaller number first",
        cure: `it can never match: write ${range.last}:${range.first}`,
      });
    }
    return [range];
  });
  return found.length < filter.values.length ? [] : found.flat();
}

/** A number, or capabilities for the types that are sets of them. */
function parseNumber(text: string, type: ArgumentTypeName): bigint | undefined {
  const number = parseBigInteger(text);
  if (number !== undefined || ARGUMENT_TYPES[type].operands !== "capabilities") return number;
  let set = 0n;
  for (const name of text.split(",")) {
    const bit = capabilityBit(name.trim());
    if (bit === undefined) return undefined;
    set |= bit;
  }
  return set;
}

function noNumber(text: string, type: ArgumentTypeName, expected = `a number (${type})`) {
  if (ARGUMENT_TYPES[type].operands !== "capabilities") return { found: quote(text), expected };
  const wrong = text.split(",").find((name) => capabilityBit(name.trim()) === undefined) ?? text;
  return {
    found: quote(wrong),
    expected: "a number, or names of capabilities with commas between them",
    cure: nearestCapability(wrong),
  };
}

function outside(text: string, value: bigint, type: ArgumentTypeName) {
  const { first, last } = boundsOf(type);
  const bits = BigInt((ARGUMENT_TYPES[type] as { size?: number }).size ?? 8) * 8n;
  const same = first < 0n ? BigInt.asIntN(Number(bits), value) : BigInt.asUintN(Number(bits), value);
  const isSameBits = value >= -(1n << (bits - 1n)) && value < 1n << bits;
  return {
    found: quote(text),
    expected: `a number from ${first} to ${last} (${type})`,
    cure: isSameBits ? `write ${same}, which has the same bits` : "it can never match",
  };
}
