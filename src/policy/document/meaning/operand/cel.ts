/** @module `CelExpr`: an expression over arguments. */
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
  const positions = [...expression.matchAll(/\barg(\d+)\b/g)].map(([, digits]) => Number(digits));
  for (const position of new Set(positions)) {
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
  const operand = { operator: "CelExpr", isNegated: false, expression } as const;
  return { kind, at: context.at(read), positions: [...new Set(positions)], operand };
}
