/** @module The macros of CEL that go through a list or a map's keys: all, exists, exists_one, map, filter. */
import type { Comprehension, Expression } from "./ast.ts";
import { CelCompileError, CelEvaluationError } from "./error.ts";
import type { Compiled, Evaluate, Frame } from "./frame.ts";
import { noSuchOverload } from "./operators.ts";
import { innerScope, type Scope } from "./scope.ts";
import { BOOL, DYN, formatType, isAssignable, listOf } from "./type.ts";
import { MapValue, type Type, type Value } from "./value.ts";

type Compile = (node: Expression, scope: Scope) => Compiled;

/** Compiles a macro; `compile` compiles what is in it. @throws CelCompileError */
export function compileComprehension(
  node: Comprehension & { readonly offset: number },
  scope: Scope,
  compile: Compile,
): Compiled {
  const range = compile(node.range, scope);
  const type = elementType(range.type, node.range.offset);
  const inner = innerScope(scope, { name: node.variable, type });
  const slot = scope.locals.length;
  const condition = node.condition && compile(node.condition, inner);
  const transform = node.transform && compile(node.transform, inner);
  if (condition !== undefined && !isAssignable(condition.type, BOOL)) {
    const found = formatType(condition.type);
    throw new CelCompileError(
      `${node.name}() needs a condition of type bool, found ${found}`,
      node.condition!.offset,
    );
  }
  const loop: Loop = { range: range.evaluate, slot };
  switch (node.name) {
    case "all":
    case "exists":
      return { type: BOOL, evaluate: quantify(loop, condition!.evaluate, node.name === "exists") };
    case "exists_one":
      return { type: BOOL, evaluate: existsOne(loop, condition!.evaluate) };
    case "filter":
      return { type: listOf(type), evaluate: collect(loop, condition!.evaluate, undefined) };
    case "map":
      return {
        type: listOf(transform!.type),
        evaluate: collect(loop, condition?.evaluate, transform!.evaluate),
      };
  }
}

interface Loop {
  readonly range: Evaluate;
  /** Where the variable is in the frame. */
  readonly slot: number;
}

function elementType(range: Type, offset: number): Type {
  if (range.kind === "list") return range.item;
  if (range.kind === "map") return range.key;
  if (range.kind === "dyn") return DYN;
  throw new CelCompileError(`needs a list or a map, found ${formatType(range)}`, offset);
}

function* elements({ range, slot }: Loop, frame: Frame): Generator<Value> {
  const value = range(frame);
  if (!Array.isArray(value) && !(value instanceof MapValue)) noSuchOverload();
  for (const element of Array.isArray(value) ? value : keysOf(value as MapValue)) {
    frame.step();
    frame.locals[slot] = element;
    yield element;
  }
}

function* keysOf(map: MapValue): Generator<Value> {
  for (const [key] of map.entries()) yield key;
}

/** `exists` when `deciding` is true, else `all`: an element that decides makes up for errors in others. */
function quantify(loop: Loop, condition: Evaluate, deciding: boolean): Evaluate {
  return (frame) => {
    let error: CelEvaluationError | undefined;
    for (const _ of elements(loop, frame)) {
      try {
        const value = condition(frame);
        if (value === deciding) return deciding;
        if (typeof value !== "boolean") noSuchOverload();
      } catch (caught) {
        if (!(caught instanceof CelEvaluationError)) throw caught;
        error ??= caught;
      }
    }
    if (error !== undefined) throw error;
    return !deciding;
  };
}

function existsOne(loop: Loop, condition: Evaluate): Evaluate {
  return (frame) => {
    let count = 0;
    for (const _ of elements(loop, frame)) if (isTrue(condition(frame))) count++;
    return count === 1;
  };
}

function collect(loop: Loop, condition: Evaluate | undefined, transform: Evaluate | undefined): Evaluate {
  return (frame) => {
    const collected: Value[] = [];
    for (const element of elements(loop, frame)) {
      if (condition !== undefined && !isTrue(condition(frame))) continue;
      collected.push(transform === undefined ? element : transform(frame));
    }
    return collected;
  };
}

function isTrue(value: Value): boolean {
  return typeof value === "boolean" ? value : noSuchOverload();
}
