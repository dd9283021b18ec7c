/** @module What operators mean, in plain TypeScript: the compiled ones are held against this. */
import type { Operand } from "../../../src/policy/policy.ts";

/** Whether an integer, at the width and sign of its type, is what an operand says. */
export function holdsForInteger(operand: Operand, value: bigint): boolean {
  return operand.isNegated !== integerHolds(operand, value);
}

function integerHolds(operand: Operand, value: bigint): boolean {
  switch (operand.operator) {
    case "Equal":
      return operand.integers.includes(value);
    case "GT":
      return operand.integers.some((integer) => value > integer);
    case "LT":
      return operand.integers.some((integer) => value < integer);
    case "Mask":
      return operand.integers.some((integer) => (BigInt.asUintN(64, value) & integer) !== 0n);
    case "InRange":
      return operand.ranges.some(({ first, last }) => first <= value && value <= last);
    default:
      throw new RangeError(operand.operator);
  }
}
