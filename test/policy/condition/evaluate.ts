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

/** Whether bytes are what an operand says. */
export function holdsForBytes(operand: Operand, bytes: Uint8Array): boolean {
  return operand.isNegated !== bytesHold(operand, bytes);
}

function bytesHold(operand: Operand, bytes: Uint8Array): boolean {
  const text = latin1(bytes);
  switch (operand.operator) {
    case "EqualString":
      return operand.strings.some((string) => text === latin1(string));
    case "Prefix":
      return operand.strings.some((string) => text.startsWith(latin1(string)));
    case "Postfix":
      return operand.strings.some((string) => text.endsWith(latin1(string)));
    case "SubString":
      return operand.strings.some((string) => text.includes(latin1(string)));
    case "SubStringIgnCase":
      return operand.strings.some((string) => lower(text).includes(lower(latin1(string))));
    case "Glob":
      return operand.globs.some((glob) => globExpression(glob).test(text));
    default:
      throw new RangeError(operand.operator);
  }
}

/** One character a byte. */
export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}

/** Of ASCII letters only. */
function lower(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function globExpression(glob: string): RegExp {
  const literal = latin1(new TextEncoder().encode(glob)).replace(/[.+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${literal.replaceAll("*", "[^/]*")}$`, "s");
}
