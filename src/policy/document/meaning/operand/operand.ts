/** @module What a filter on a value asks: its operator and values, read for the type that it looks at. */
import { ARGUMENT_TYPES, type ArgumentTypeName } from "../../../argument-type.ts";
import type { Operand } from "../../../policy.ts";
import { oneOf, quote } from "../../finding.ts";
import type { ValueOperator } from "../../schema/selector.ts";
import type { Context } from "../context.ts";
import { fileTypeOperand } from "./file-type.ts";
import type { Filter, ReadFilter } from "./filter.ts";
import { integerOperand } from "./integer.ts";
import { networkOperand } from "./network.ts";
import { nearestOperator, operatorsOf } from "./operators.ts";
import { textOperand } from "./text.ts";

const WITHOUT_VALUES: readonly string[] = ["SPortPriv", "DPortPriv", "CapabilitiesGained"];
const NETWORK_OPERATORS: readonly string[] = [
  "SAddr",
  "DAddr",
  "SPort",
  "DPort",
  "SPortPriv",
  "DPortPriv",
  "Protocol",
  "Family",
  "State",
];

/** Reads the operand of a filter on a value of that type; `undefined` when something in it is wrong. */
export function readOperand(read: ReadFilter, type: ArgumentTypeName, context: Context): Operand | undefined {
  const filter = readFilter(read, type, context);
  const operand = filter === undefined ? undefined : operandOf(filter, context);
  return operand === undefined ? undefined : marked(operand, context);
}

/** The operand, with what the policy says of marks. Where an operator takes no values there is nothing to mark. */
export function marked<O extends Operand>(operand: O, { marksValues }: Pick<Context, "marksValues">): O {
  const { operator } = operand;
  if (!marksValues || operator === "CapabilitiesGained" || operator === "CelExpr") return operand;
  return { ...operand, isMarked: true };
}

function operandOf(filter: Filter, context: Context): Operand | undefined {
  const { operator, isNegated } = filter;
  if (operator === "CapabilitiesGained") return { operator, isNegated };
  if (operator === "FileType") return fileTypeOperand(filter, context);
  if (NETWORK_OPERATORS.includes(operator)) return networkOperand(filter, context);
  const { operands } = ARGUMENT_TYPES[filter.type];
  return operands === "integer" || operands === "capabilities"
    ? integerOperand(filter, context)
    : textOperand(filter, context);
}

/** Whether the operator fits the type, and the values the operator. */
function readFilter(read: ReadFilter, type: ArgumentTypeName, context: Context): Filter | undefined {
  // The reader lets words pass here that are none: only the type says what comes nearest.
  const written = read.operator as string | undefined;
  if (written === undefined) return undefined;
  const allowed = operatorsOf(type);
  if (!allowed.includes(written as ValueOperator)) return refuseOperator(read, type, context);
  const [operator, isNegated] = withoutNot(written);
  const values = read.values ?? [];
  if (WITHOUT_VALUES.includes(operator)) {
    if (values.length > 0) {
      context.warn(read, "values", {
        found: `values of ${written}`,
        cure: `it takes none: ${operator.endsWith("Priv") ? "ports below 1024 are meant" : "two arguments are compared"}`,
      });
    }
  } else if (values.length === 0) {
    if (!areValuesBroken(read, context)) {
      context.error(read, undefined, {
        found: `${written} without values`,
        expected: "values: what it is compared with",
        cure: isNegated ? "it would always hold" : "it can never match",
      });
    }
    return undefined;
  }
  if (areValuesBroken(read, context)) return undefined;
  return { read, type, operator, isNegated, values };
}

/** Whether something in the values is wrong, which has been said. */
function areValuesBroken(read: ReadFilter, { places }: Context): boolean {
  return places.isBroken(read, "values") || (read.values !== undefined && places.isBroken(read.values));
}

/** `NotEqual` is `Equal`, negated. */
function withoutNot(name: string): [operator: string, isNegated: boolean] {
  if (name === "NotSportPriv") return ["SPortPriv", true];
  return name.startsWith("Not") ? [name.slice("Not".length), true] : [name, false];
}

function refuseOperator(read: ReadFilter, type: ArgumentTypeName, context: Context): undefined {
  const written = read.operator as string;
  const allowed = operatorsOf(type);
  if (allowed.length === 0) {
    return context.error(read, "operator", {
      found: quote(written),
      expected: `no filter: values of type ${type} are only printed`,
      cure: "give the argument another type, or its member by resolve, and filter that",
    });
  }
  const nearest = nearestOperator(written, type);
  return context.error(read, "operator", {
    found: quote(written),
    expected: `${oneOf(allowed)}, which work on type ${type}`,
    cure: nearest === undefined ? "" : `write ${nearest}${hintOf(written, nearest)}`,
  });
}

/** What else must change with the operator. */
function hintOf(written: string, nearest: ValueOperator): string {
  const word = written.toLowerCase();
  if (/regex|match|glob/.test(word) && (nearest === "Prefix" || nearest === "Equal")) {
    return ", Postfix or SubString: there are no regular expressions, but * in a path stands for any characters except /";
  }
  return nearest === "InRange" ? ' with values as "first:last"' : "";
}
