/** @module Operators whose types or evaluation are not those of functions. */
import { noMatch } from "./compile-call.ts";
import { index } from "./compile-select.ts";
import { CelEvaluationError } from "./error.ts";
import type { Compiled } from "./frame.ts";
import { compare, equals, noSuchOverload } from "./operators.ts";
import { areCompatible, BOOL, DYN, INT, isAssignable, joinTypes } from "./type.ts";
import { MapValue, type Value } from "./value.ts";

/** Compiles the operator `name`, or returns `undefined` for one that is a function like others. @throws CelCompileError */
export function compileOperator(
  name: string,
  operands: readonly Compiled[],
  offset: number,
): Compiled | undefined {
  const [a, b, c] = operands as readonly [Compiled, Compiled, Compiled];
  switch (name) {
    case "&&":
    case "||":
      return compileLogic(name === "||", a, b, offset);
    case "?:":
      return compileConditional(a, b, c, offset);
    case "==":
    case "!=":
      return compileEquality(name === "==", a, b, offset);
    case "<":
    case "<=":
    case ">":
    case ">=":
      return compileComparison(name, a, b, offset);
    case "in":
      return compileIn(a, b, offset);
    case "[]":
      return compileIndex(a, b, offset);
    case "+":
      return isList(a) && isList(b) ? compileConcatenation(a, b) : undefined;
  }
  return undefined;
}

function isList({ type }: Compiled): boolean {
  return type.kind === "list";
}

function compileConcatenation(a: Compiled, b: Compiled): Compiled {
  return {
    type: joinTypes(a.type, b.type),
    evaluate: (frame) => {
      const joined = [...(a.evaluate(frame) as readonly Value[]), ...(b.evaluate(frame) as readonly Value[])];
      frame.built(joined);
      return joined;
    },
  };
}

/** `&&` and `||`: one operand that decides makes up for an error in the other. */
function compileLogic(deciding: boolean, a: Compiled, b: Compiled, offset: number): Compiled {
  for (const operand of [a, b]) {
    if (!isAssignable(operand.type, BOOL)) throw noMatch(deciding ? "||" : "&&", [a, b], offset);
  }
  return {
    type: BOOL,
    evaluate: (frame) => {
      let error: CelEvaluationError | undefined;
      for (const { evaluate } of [a, b]) {
        try {
          const value = evaluate(frame);
          if (value === deciding) return deciding;
          if (typeof value !== "boolean") error ??= new CelEvaluationError("no such overload");
        } catch (caught) {
          if (!(caught instanceof CelEvaluationError)) throw caught;
          error ??= caught;
        }
      }
      if (error !== undefined) throw error;
      return !deciding;
    },
  };
}

function compileConditional(condition: Compiled, yes: Compiled, no: Compiled, offset: number): Compiled {
  if (!isAssignable(condition.type, BOOL) || !areCompatible(yes.type, no.type)) {
    throw noMatch("?:", [condition, yes, no], offset);
  }
  return {
    type: joinTypes(yes.type, no.type),
    evaluate: (frame) => {
      const value = condition.evaluate(frame);
      if (typeof value !== "boolean") return noSuchOverload();
      return value ? yes.evaluate(frame) : no.evaluate(frame);
    },
  };
}

function compileEquality(wanted: boolean, a: Compiled, b: Compiled, offset: number): Compiled {
  if (!areCompatible(a.type, b.type)) throw noMatch(wanted ? "==" : "!=", [a, b], offset);
  return { type: BOOL, evaluate: (frame) => equals(a.evaluate(frame), b.evaluate(frame)) === wanted };
}

const ORDERED: ReadonlySet<string> = new Set([
  "bool",
  "int",
  "uint",
  "double",
  "string",
  "bytes",
  "timestamp",
  "duration",
  "wrapper",
  "dyn",
]);

const COMPARISONS: Readonly<Record<string, (order: number) => boolean>> = {
  "<": (order) => order < 0,
  "<=": (order) => order <= 0,
  ">": (order) => order > 0,
  ">=": (order) => order >= 0,
};

function compileComparison(name: string, a: Compiled, b: Compiled, offset: number): Compiled {
  const isOrdered = ORDERED.has(a.type.kind) && ORDERED.has(b.type.kind);
  if (!isOrdered || !areCompatible(a.type, b.type)) throw noMatch(name, [a, b], offset);
  const test = COMPARISONS[name]!;
  return { type: BOOL, evaluate: (frame) => test(compare(a.evaluate(frame), b.evaluate(frame))) };
}

function compileIn(a: Compiled, b: Compiled, offset: number): Compiled {
  const { type } = b;
  const element = type.kind === "list" ? type.item : type.kind === "map" ? type.key : type;
  const isContainer = type.kind === "list" || type.kind === "map" || type.kind === "dyn";
  if (!isContainer || !areCompatible(a.type, element)) throw noMatch("in", [a, b], offset);
  return {
    type: BOOL,
    evaluate: (frame) => {
      const wanted = a.evaluate(frame);
      const container = b.evaluate(frame);
      if (container instanceof MapValue) return container.get(wanted) !== undefined;
      return Array.isArray(container) ? container.some((item) => equals(item, wanted)) : noSuchOverload();
    },
  };
}

function compileIndex(a: Compiled, b: Compiled, offset: number): Compiled {
  const { type } = a;
  const isFitting =
    type.kind === "dyn" ||
    (type.kind === "list" && isAssignable(b.type, INT)) ||
    (type.kind === "map" && isAssignable(b.type, type.key));
  if (!isFitting) throw noMatch("[]", [a, b], offset);
  return {
    type: type.kind === "list" ? type.item : type.kind === "map" ? type.value : DYN,
    evaluate: (frame) => index(a.evaluate(frame), b.evaluate(frame)),
  };
}
