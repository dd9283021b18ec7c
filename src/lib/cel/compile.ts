/** @module Checks the types of CEL expressions and compiles them into closures, in one pass. */

import { type FieldType, fieldsOf, isFieldSet, readField } from "../../pipeline/cel/message-type.ts";
import { type Compiled, resolveName } from "../../pipeline/cel/names.ts";
import type { Comprehension, Expression } from "./ast.ts";
import { compileComprehension } from "./comprehension.ts";
import { CelCompileError, CelEvaluationError } from "./error.ts";
import type { Evaluate } from "./frame.ts";
import { dispatch, type Overload, overloadsOf } from "./functions.ts";
import { compileMatches } from "./matches.ts";
import { compare, equals, noSuchOverload } from "./operators.ts";
import {
  areCompatible,
  BOOL,
  DYN,
  formatType,
  INT,
  isAssignable,
  joinTypes,
  listOf,
  mapOf,
  NULL,
  type Type,
} from "./type.ts";
import { MapValue, MessageValue, UintValue, type Value } from "./value.ts";

/** Variables of macros that are in scope, outermost first; their index is their place in the frame. */
export type Scope = readonly { readonly name: string; readonly type: Type }[];

/** Compiles `node`. @throws CelCompileError */
export function compile(node: Expression, scope: Scope = []): Compiled {
  switch (node.kind) {
    case "literal":
      return compileLiteral(node.literal);
    case "identifier":
      return compileIdentifier(node.name, node.offset, scope);
    case "select":
      return compileSelect(node, scope);
    case "has":
      return compileHas(node, scope);
    case "list":
      return compileList(node.items, scope);
    case "map":
      return compileMap(node.entries, scope);
    case "comprehension":
      return compileComprehension(node as Comprehension & { offset: number }, scope, compile);
    case "call":
      return compileCall(node, scope);
  }
}

type LiteralNode = Extract<Expression, { kind: "literal" }>["literal"];

function compileLiteral(literal: LiteralNode): Compiled {
  if (literal.type === "null") return { type: NULL, evaluate: () => null };
  const value: Value = literal.type === "uint" ? new UintValue(literal.value) : literal.value;
  return { type: { kind: literal.type }, evaluate: () => value };
}

function compileIdentifier(name: string, offset: number, scope: Scope): Compiled {
  const slot = scope.findLastIndex((variable) => variable.name === name);
  if (slot !== -1) return { type: scope[slot]!.type, evaluate: ({ locals }) => locals[slot]! };
  const resolved = resolveName(name);
  if (resolved === undefined) throw new CelCompileError(`unknown name "${name}"`, offset);
  return resolved;
}

type SelectNode = Extract<Expression, { kind: "select" | "has" }>;

function compileSelect(node: SelectNode, scope: Scope): Compiled {
  const name = qualifiedName(node, scope);
  const named = name === undefined ? undefined : resolveName(name);
  if (named !== undefined) return named;
  const { field } = node;
  const operand = compile(node.operand, scope);
  const { type, evaluate } = operand;
  switch (type.kind) {
    case "message": {
      const fieldType = messageField(type, field, node.offset);
      return {
        type: fieldType.type,
        evaluate: (frame) => readField(evaluate(frame) as MessageValue, field, fieldType),
      };
    }
    case "map":
      return { type: type.value, evaluate: (frame) => selectFrom(evaluate(frame), field) };
    case "dyn":
      return { type: DYN, evaluate: (frame) => selectFrom(evaluate(frame), field) };
  }
  throw new CelCompileError(`type ${formatType(type)} has no field "${field}"`, node.offset);
}

/** `a.b.c` as one name, unless it begins with a variable of a macro. */
function qualifiedName(node: Expression, scope: Scope): string | undefined {
  if (node.kind === "identifier") return scope.some(({ name }) => name === node.name) ? undefined : node.name;
  if (node.kind !== "select") return undefined;
  const operand = qualifiedName(node.operand, scope);
  return operand === undefined ? undefined : `${operand}.${node.field}`;
}

function messageField(type: Type & { kind: "message" }, field: string, offset: number): FieldType {
  const fieldType = fieldsOf(type.message).get(field);
  if (fieldType === undefined)
    throw new CelCompileError(`${formatType(type)} has no field "${field}"`, offset);
  return fieldType;
}

function selectFrom(operand: Value, field: string): Value {
  if (operand instanceof MapValue) {
    const value = operand.get(field);
    if (value === undefined) throw new CelEvaluationError(`no such key: ${field}`);
    return value;
  }
  if (!(operand instanceof MessageValue)) return noSuchOverload();
  const fieldType = fieldsOf(operand.type).get(field);
  if (fieldType === undefined) throw new CelEvaluationError(`no such field: ${field}`);
  return readField(operand, field, fieldType);
}

function compileHas(node: SelectNode, scope: Scope): Compiled {
  const { field } = node;
  const { type, evaluate } = compile(node.operand, scope);
  if (type.kind === "message") messageField(type, field, node.offset);
  else if (type.kind !== "map" && type.kind !== "dyn") {
    throw new CelCompileError(`type ${formatType(type)} has no fields`, node.offset);
  }
  return {
    type: BOOL,
    evaluate: (frame) => {
      const operand = evaluate(frame);
      if (operand instanceof MapValue) return operand.get(field) !== undefined;
      if (!(operand instanceof MessageValue)) return noSuchOverload();
      const fieldType = fieldsOf(operand.type).get(field);
      if (fieldType === undefined) throw new CelEvaluationError(`no such field: ${field}`);
      return isFieldSet(operand, field, fieldType);
    },
  };
}

function compileList(nodes: readonly Expression[], scope: Scope): Compiled {
  const items = nodes.map((item) => compile(item, scope));
  const itemType = items.map(({ type }) => type).reduce(joinTypes, items[0]?.type ?? DYN);
  return { type: listOf(itemType), evaluate: (frame) => items.map(({ evaluate }) => evaluate(frame)) };
}

function compileMap(nodes: readonly (readonly [Expression, Expression])[], scope: Scope): Compiled {
  const entries = nodes.map(([key, value]) => [compile(key, scope), compile(value, scope)] as const);
  const keyType = entries.map(([key]) => key.type).reduce(joinTypes, entries[0]?.[0].type ?? DYN);
  const valueType = entries.map(([, value]) => value.type).reduce(joinTypes, entries[0]?.[1].type ?? DYN);
  return {
    type: mapOf(keyType, valueType),
    evaluate: (frame) => {
      const map = new MapValue();
      for (const [key, value] of entries) map.set(key.evaluate(frame), value.evaluate(frame));
      return map;
    },
  };
}

type CallNode = Extract<Expression, { kind: "call" }>;

function compileCall(node: CallNode, scope: Scope): Compiled {
  const { name, target, offset } = node;
  // `ip.isCanonical(x)` looks like a method of a variable, but is a function with a dot in its name.
  const namespace = target && qualifiedName(target, scope);
  const isNamespaced = namespace !== undefined && overloadsOf(`${namespace}.${name}`) !== undefined;
  const operands = [...(target === undefined || isNamespaced ? [] : [target]), ...node.args];
  const compiled = operands.map((operand) => compile(operand, scope));
  if (isNamespaced) return compileFunction(`${namespace}.${name}`, compiled, offset);
  if (name === "matches" && compiled.length === 2) return compileMatches(operands[1]!, compiled, offset);
  if (target !== undefined) return compileFunction(`.${name}`, compiled, offset);
  return compileOperator(name, compiled, offset) ?? compileFunction(name, compiled, offset);
}

/** Operators whose types or evaluation are not those of functions. */
function compileOperator(name: string, operands: readonly Compiled[], offset: number): Compiled | undefined {
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

function noMatch(name: string, operands: readonly Compiled[], offset: number): CelCompileError {
  const types = operands.map(({ type }) => formatType(type)).join(", ");
  const shown = name.replace(/^\./, "");
  return new CelCompileError(`no matching overload for "${shown}" applied to (${types})`, offset);
}

function compileFunction(name: string, operands: readonly Compiled[], offset: number): Compiled {
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

function index(container: Value, key: Value): Value {
  if (container instanceof MapValue) {
    const value = container.get(key);
    if (value === undefined) throw new CelEvaluationError("no such key");
    return value;
  }
  if (!Array.isArray(container)) {
    return container instanceof MessageValue && typeof key === "string"
      ? selectFrom(container, key)
      : noSuchOverload();
  }
  const position = key instanceof UintValue ? key.value : key;
  if (typeof position !== "bigint" && typeof position !== "number") return noSuchOverload();
  const value = container[Number(position)];
  if (value === undefined) throw new CelEvaluationError("index out of bounds");
  return value;
}
