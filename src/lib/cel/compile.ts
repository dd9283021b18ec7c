/** @module Checks the types of CEL expressions and compiles them into closures, in one pass. */
import type { Comprehension, Expression } from "./ast.ts";
import { compileFunction } from "./compile-call.ts";
import { compileOperator } from "./compile-operator.ts";
import { compileField, compileHas } from "./compile-select.ts";
import { compileComprehension } from "./comprehension.ts";
import { resolveName } from "./environment.ts";
import { CelCompileError } from "./error.ts";
import type { Compiled } from "./frame.ts";
import { overloadsOf } from "./functions.ts";
import { compileMatches } from "./matches.ts";
import type { Scope } from "./scope.ts";
import { DYN, joinTypes, listOf, mapOf, NULL } from "./type.ts";
import { MapValue, UintValue, type Value } from "./value.ts";

/** Compiles `node`. @throws CelCompileError */
export function compile(node: Expression, scope: Scope): Compiled {
  switch (node.kind) {
    case "literal":
      return compileLiteral(node.literal);
    case "identifier":
      return compileIdentifier(node.name, node.offset, scope);
    case "select":
      return compileSelect(node, scope);
    case "has":
      return compileHas(compile(node.operand, scope), node.field, node.offset);
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
  const { locals } = scope;
  const slot = locals.findLastIndex((local) => local.name === name);
  if (slot !== -1) return { type: locals[slot]!.type, evaluate: (frame) => frame.locals[slot]! };
  const resolved = resolveIn(name, scope);
  if (resolved === undefined) throw new CelCompileError(`unknown name "${name}"`, offset);
  return resolved;
}

function compileSelect(node: Expression & { kind: "select" }, scope: Scope): Compiled {
  const name = qualifiedName(node, scope);
  const named = name === undefined ? undefined : resolveIn(name, scope);
  return named ?? compileField(compile(node.operand, scope), node.field, node.offset);
}

function resolveIn(name: string, { environment, named }: Scope): Compiled | undefined {
  const absolute = name.startsWith(".") ? name.slice(1) : name;
  if (environment.variables.has(absolute)) named.add(absolute);
  return resolveName(name, environment);
}

/** `a.b.c` as one name, unless it begins with a variable of a macro. */
function qualifiedName(node: Expression, scope: Scope): string | undefined {
  if (node.kind === "identifier")
    return scope.locals.some(({ name }) => name === node.name) ? undefined : node.name;
  if (node.kind !== "select") return undefined;
  const operand = qualifiedName(node.operand, scope);
  return operand === undefined ? undefined : `${operand}.${node.field}`;
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
