/** @module `CelExpr`: an expression over arguments. */
import { CelCompileError } from "../../../../lib/cel/index.ts";
import { ARGUMENT_TYPES, type ArgumentTypeName } from "../../../argument-type.ts";
import { type ArgumentTypes, namedPositions, readTruth } from "../../../condition/cel/typed.ts";
import type { ValueCondition } from "../../../policy.ts";
import { quote } from "../../finding.ts";
import type { Context } from "../context.ts";
import type { HookParts } from "../read-hook.ts";
import type { ReadFilter } from "./filter.ts";
import { isCelType } from "./operators.ts";

/** Reads the condition; `undefined` when something in it is wrong. */
export function celCondition(
  read: ReadFilter,
  kind: ValueCondition["kind"],
  { args }: HookParts,
  context: Context,
): ValueCondition | undefined {
  const values = read.values ?? [];
  const [expression] = values;
  if (kind !== "argument") {
    return context.error(read, "operator", { found: '"CelExpr"', expected: "it in matchArgs only" });
  }
  if (context.places.isBroken(read)) return undefined;
  if (expression === undefined || values.length > 1) {
    return context.error(read, expression === undefined ? undefined : "values", {
      found: expression === undefined ? "CelExpr without values" : `${values.length} expressions`,
      expected: "one expression",
      cure: expression === undefined ? "" : "join them with || or &&",
    });
  }
  const positions = namedPositions(expression);
  for (const position of positions) {
    const argument = args[position];
    if (argument === undefined) {
      return context.error(values, 0, {
        found: quote(`arg${position}`),
        expected: `arguments by their position in args, of which there are ${args.length}`,
      });
    }
    if (argument.type === undefined) return undefined;
    if (!isCelType(argument.type)) {
      return context.error(values, 0, {
        found: `arg${position} of type ${argument.type}`,
        expected: "arguments that are integers of 32 or 64 bits",
      });
    }
  }
  const wrong = whatIsWrong(expression, (position) => celType(args[position]?.type));
  if (wrong !== undefined) {
    return context.error(values, 0, {
      found: `${quote(expression)}, in which ${wrong}`,
      expected: "a comparison of integers of one type: a plain number is an int of 64 bits, 5u a uint",
      cure: "for arguments of 32 bits, write int32(5) or uint32(5u)",
    });
  }
  const operand = { operator: "CelExpr", isNegated: false, expression } as const;
  return { kind, at: context.at(read), positions, operand };
}

/** What is wrong with an expression, and where; `undefined` when nothing is. */
function whatIsWrong(expression: string, types: ArgumentTypes): string | undefined {
  try {
    readTruth(expression, types);
    return undefined;
  } catch (error) {
    if (!(error instanceof CelCompileError)) throw error;
    return `character ${error.offset + 1} ${error.message}`;
  }
}

function celType(name: ArgumentTypeName | undefined): ReturnType<ArgumentTypes> {
  if (name === undefined || !isCelType(name)) return undefined;
  const { size, isSigned } = ARGUMENT_TYPES[name] as { readonly size: 4 | 8; readonly isSigned: boolean };
  return { bits: size === 8 ? 64 : 32, isSigned };
}
