/** @module `CelExpr`: an expression over arguments. */
import { CelCompileError } from "../../../../lib/cel/index.ts";
import { ARGUMENT_TYPES } from "../../../argument-type.ts";
import { namedPositions, readTruth } from "../../../condition/cel/typed.ts";
import type { ValueCondition } from "../../../policy.ts";
import { quote } from "../../finding.ts";
import type { Context } from "../context.ts";
import type { HookParts, TypedArgument } from "../read-hook.ts";
import type { ReadFilter } from "./filter.ts";
import { isCelType } from "./operators.ts";

/** Reads the condition; `undefined` when something in it is wrong. */
export function celCondition(
  read: ReadFilter,
  kind: ValueCondition["kind"],
  { args }: HookParts,
  context: Context,
): ValueCondition | undefined {
  const expression = readExpression(read, kind, context);
  if (expression === undefined) return undefined;
  try {
    const positions = namedPositions(expression);
    if (!positions.every((position) => isUsable(read, args[position], position, context))) return undefined;
    readTruth(expression, (position) => {
      const { type } = args[position]!;
      const { size, isSigned } = ARGUMENT_TYPES[type!] as {
        readonly size: 4 | 8;
        readonly isSigned: boolean;
      };
      return { bits: size === 4 ? 32 : 64, isSigned };
    });
    return {
      kind,
      at: context.at(read),
      positions,
      operand: { operator: "CelExpr", isNegated: false, expression },
    };
  } catch (error) {
    if (!(error instanceof CelCompileError)) throw error;
    return context.error(read.values!, 0, {
      found: quote(expression),
      expected: "an expression of CEL over integers of one type",
      cure: `${error.message}; a plain number is of 64 bits: int32(5) and uint32(5u) are of 32`,
    });
  }
}

function readExpression(
  read: ReadFilter,
  kind: ValueCondition["kind"],
  context: Context,
): string | undefined {
  const values = read.values ?? [];
  const [expression] = values;
  if (kind !== "argument") {
    return context.error(read, "operator", { found: '"CelExpr"', expected: "it in matchArgs only" });
  }
  if (context.places.isBroken(read) || (read.values && context.places.isBroken(read.values)))
    return undefined;
  if (expression !== undefined && values.length === 1) return expression;
  return context.error(read, expression === undefined ? undefined : "values", {
    found: expression === undefined ? "CelExpr without values" : `${values.length} expressions`,
    expected: "one expression",
    cure: expression === undefined ? "" : "join them with || or &&",
  });
}

/** Whether an expression may use an argument; if not, that is said, unless its type is wrong or open. */
function isUsable(
  read: ReadFilter,
  argument: TypedArgument | undefined,
  position: number,
  context: Context,
): boolean {
  if (argument?.type !== undefined && isCelType(argument.type)) return true;
  if (argument !== undefined && argument.type === undefined) return false;
  context.error(read.values!, 0, {
    found: `arg${position}${argument === undefined ? "" : ` of type ${argument.type}`}`,
    expected:
      argument === undefined
        ? "arguments by their position in args"
        : "arguments that are integers of 32 or 64 bits",
  });
  return false;
}
