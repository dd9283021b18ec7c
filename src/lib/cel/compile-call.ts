/** @module Calls of functions: which of their signatures fit, and what they cost. */
import { CelCompileError } from "./error.ts";
import type { Compiled, Evaluate } from "./frame.ts";
import { dispatch, type Overload, overloadsOf } from "./functions.ts";
import { formatType, isAssignable, joinTypes } from "./type.ts";
import type { Type } from "./value.ts";

/** Compiles a call of the function `name`; methods begin with a dot and have their target as the first operand. @throws CelCompileError */
export function compileFunction(name: string, operands: readonly Compiled[], offset: number): Compiled {
  const overloads = overloadsOf(name);
  if (overloads === undefined) {
    const kind = name.startsWith(".") ? "method" : "function";
    throw new CelCompileError(`unknown ${kind} "${name.replace(/^\./, "")}"`, offset);
  }
  const candidates = overloads.filter(({ parameters }) => accepts(parameters, operands));
  const [first] = candidates;
  if (first === undefined) throw noMatch(name, operands, offset);
  const type = candidates.map(({ result }) => result).reduce(joinTypes, first.result);
  const isCertain =
    candidates.length === 1 && operands.every(({ type: { kind } }) => kind !== "dyn" && kind !== "wrapper");
  const call: Overload["call"] = isCertain ? first.call : (a, b) => dispatch(candidates, a, b);
  const [a, b] = operands;
  if (b === undefined) return { type, evaluate: charged(type, (frame) => call(a!.evaluate(frame), null)) };
  return { type, evaluate: charged(type, (frame) => call(a!.evaluate(frame), b.evaluate(frame))) };
}

/** Lets functions that build text or lists pay for them. */
function charged({ kind }: Type, evaluate: Evaluate): Evaluate {
  if (kind !== "string" && kind !== "bytes" && kind !== "list" && kind !== "dyn") return evaluate;
  return (frame) => {
    const value = evaluate(frame);
    frame.built(value);
    return value;
  };
}

function accepts(parameters: readonly Type[], operands: readonly Compiled[]): boolean {
  return (
    parameters.length === operands.length &&
    parameters.every((parameter, index) => isAssignable(operands[index]!.type, parameter))
  );
}

/** The error for operands of types that `name` does not take. */
export function noMatch(name: string, operands: readonly Compiled[], offset: number): CelCompileError {
  const types = operands.map(({ type }) => formatType(type)).join(", ");
  const shown = name.replace(/^\./, "");
  return new CelCompileError(`no matching overload for "${shown}" applied to (${types})`, offset);
}
