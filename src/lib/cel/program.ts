/** @module CEL expressions as conditions on messages. */
import type { JsonObject } from "../json/object.ts";
import { compile } from "./compile.ts";
import type { Environment } from "./environment.ts";
import { CelCompileError } from "./error.ts";
import { Frame, MAX_STEPS } from "./frame.ts";
import { parseCel } from "./parser.ts";
import { type FieldPath, pathsOf } from "./paths.ts";
import { sharedBudget } from "./step-budget.ts";
import { formatType } from "./type.ts";

/**
 * Whether the expression is true when the environment's variables hold the messages in `variables`: the JSON of
 * each by its variable's name. What else is in there is not looked at.
 * @throws CelEvaluationError when the expression has no value
 */
export interface CelProgram {
  (variables: JsonObject): boolean;
  /** The environment's variables that the expression names. */
  readonly names: ReadonlySet<string>;
  /** The fields of those that it looks at, and no others. */
  readonly paths: readonly FieldPath[];
}

/**
 * Parses, checks and compiles `source`, which has to be of type bool.
 * @throws CelCompileError
 */
export function compileCel(source: string, environment: Environment): CelProgram {
  const expression = parseCel(source);
  const names = new Set<string>();
  const { type, evaluate } = compile(expression, { environment, locals: [], named: names });
  if (type.kind !== "bool") {
    throw new CelCompileError(
      `found an expression of type ${formatType(type)}, needs bool`,
      expression.offset,
    );
  }
  const frame = new Frame();
  const budget = sharedBudget();
  const program = (variables: JsonObject): boolean => {
    const steps = budget === undefined ? MAX_STEPS : budget.allow(MAX_STEPS);
    frame.begin(variables, steps);
    try {
      return evaluate(frame) === true;
    } finally {
      budget?.take(steps - frame.stepsLeft);
    }
  };
  return Object.assign(program, { names, paths: pathsOf(expression, environment.variables) });
}
