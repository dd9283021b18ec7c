/**
 * @module CEL expressions as conditions on events, in the environment that Tetragon gives them: a variable for
 * each event type, the container `tetragon`, the standard functions, and Kubernetes' `ip()` and `cidr()`.
 */
import type { JsonObject } from "../../event/batch.ts";
import { compile } from "./compile.ts";
import { CelCompileError } from "./error.ts";
import { Frame } from "./frame.ts";
import { parseCel } from "./parser.ts";
import { formatType } from "./type.ts";

/** Whether the expression is true of an event. @throws CelEvaluationError when it has no value */
export type CelProgram = (event: JsonObject) => boolean;

/** Parses, checks and compiles `source`, which has to be of type bool. @throws CelCompileError */
export function compileCel(source: string): CelProgram {
  const expression = parseCel(source);
  const { type, evaluate } = compile(expression);
  if (type.kind !== "bool") {
    throw new CelCompileError(
      `found an expression of type ${formatType(type)}, needs bool`,
      expression.offset,
    );
  }
  const frame = new Frame();
  return (event) => {
    frame.begin(event);
    return evaluate(frame) === true;
  };
}
