/**
 * @module Expressions over integers, with the types that Tetragon's CEL has: `int` and `uint` of 64 bits, those of 32 bits
 * that arguments have and `int32()` and `uint32()` make. Both operands of an operator have one type; nothing is converted
 * unasked. Numbers wrap around.
 */
import { CelCompileError, type Expression, parseCel } from "../../../lib/cel/index.ts";

/** Type of a number: its bits and its sign. */
export interface NumberType {
  readonly name: "int" | "uint" | "int32" | "uint32";
  readonly bits: 32 | 64;
  readonly isSigned: boolean;
}

const INT: NumberType = { name: "int", bits: 64, isSigned: true };
const UINT: NumberType = { name: "uint", bits: 64, isSigned: false };
const INT32: NumberType = { name: "int32", bits: 32, isSigned: true };
const UINT32: NumberType = { name: "uint32", bits: 32, isSigned: false };

/** Operators that make numbers of numbers, and comparisons. */
export type Arithmetic = "+" | "-" | "&" | "|" | "^";
export type Comparison = "==" | "!=" | "<" | "<=" | ">" | ">=";

/** An expression that is a number. */
export type NumberExpression = { readonly type: NumberType } & (
  | { readonly kind: "literal"; readonly value: bigint }
  | { readonly kind: "argument"; readonly position: number }
  /** The low bits of a number of another type. */
  | { readonly kind: "cast"; readonly operand: NumberExpression }
  | {
      readonly kind: "arithmetic";
      readonly operator: Arithmetic;
      readonly left: NumberExpression;
      readonly right: NumberExpression;
    }
);

/** An expression that is true or false. */
export type Truth =
  | { readonly kind: "constant"; readonly value: boolean }
  | { readonly kind: "not"; readonly operand: Truth }
  | { readonly kind: "and" | "or"; readonly left: Truth; readonly right: Truth }
  /** Whether two truths differ. */
  | { readonly kind: "differ"; readonly left: Truth; readonly right: Truth }
  | {
      readonly kind: "comparison";
      readonly operator: Comparison;
      readonly left: NumberExpression;
      readonly right: NumberExpression;
    };

/** The type of the argument at a position, which counts from 0; `undefined` where there is none that can be used. */
export type ArgumentTypes = (position: number) => Pick<NumberType, "bits" | "isSigned"> | undefined;

type Typed = NumberExpression | Truth;

const COMPARISONS: ReadonlySet<string> = new Set(["==", "!=", "<", "<=", ">", ">="]);
/** By the names that expressions have for them. */
const ARITHMETIC: Readonly<Record<string, Arithmetic>> = {
  "+": "+",
  "-": "-",
  and: "&",
  or: "|",
  xor: "^",
};
const CASTS: Readonly<Record<string, NumberType>> = { int: INT, uint: UINT, int32: INT32, uint32: UINT32 };

/**
 * Parses a condition and checks its types.
 * @throws CelCompileError
 */
export function readTruth(source: string, types: ArgumentTypes): Truth {
  const expression = parseCel(source);
  const read = new Reader(types).read(expression);
  if (isNumber(read))
    throw new CelCompileError(`is a number of type ${read.type.name}, needs a comparison`, expression.offset);
  return read;
}

/** Positions of the arguments that an expression names, in the order in which it first names them. */
export function namedPositions(source: string): number[] {
  return [...new Set([...source.matchAll(/\barg(\d+)\b/g)].map(([, digits]) => Number(digits)))];
}

function isNumber(read: Typed): read is NumberExpression {
  return "type" in read;
}

class Reader {
  readonly #types: ArgumentTypes;

  constructor(types: ArgumentTypes) {
    this.#types = types;
  }

  read(expression: Expression): Typed {
    const { offset } = expression;
    switch (expression.kind) {
      case "literal":
        return literal(expression.literal, offset);
      case "identifier":
        return this.#argument(expression.name, offset);
      case "call": {
        const { name, target, args } = expression;
        return this.#call(name, target === undefined ? args : [target, ...args], offset);
      }
      default:
        throw new CelCompileError("needs integers, comparisons and the operators of truth alone", offset);
    }
  }

  #argument(name: string, offset: number): NumberExpression {
    const position = Number(/^arg(\d+)$/.exec(name)?.[1] ?? Number.NaN);
    const type = Number.isNaN(position) ? undefined : this.#types(position);
    if (type === undefined)
      throw new CelCompileError(`found ${name}, needs an argument: arg0 is the first one`, offset);
    const known = [INT, UINT, INT32, UINT32].find(
      ({ bits, isSigned }) => bits === type.bits && isSigned === type.isSigned,
    );
    return { kind: "argument", position, type: known! };
  }

  #call(name: string, args: readonly Expression[], offset: number): Typed {
    const operands = args.map((arg) => this.read(arg));
    const [left, right] = operands;
    if (left !== undefined && operands.length === 1) {
      const found = unary(name, left);
      if (found !== undefined) return found;
    }
    if (left !== undefined && right !== undefined && operands.length === 2) {
      const found = binary(name, left, right);
      if (found !== undefined) return found;
    }
    throw new CelCompileError(`${name} cannot be used with (${operands.map(typeName).join(", ")})`, offset);
  }
}

function literal(value: Extract<Expression, { kind: "literal" }>["literal"], offset: number): Typed {
  switch (value.type) {
    case "bool":
      return { kind: "constant", value: value.value };
    case "int":
      return { kind: "literal", value: value.value, type: INT };
    case "uint":
      return { kind: "literal", value: value.value, type: UINT };
    default:
      throw new CelCompileError(`needs an integer, found a literal of type ${value.type}`, offset);
  }
}

function unary(name: string, operand: Typed): Typed | undefined {
  if (!isNumber(operand)) return name === "!" ? { kind: "not", operand } : undefined;
  const { type } = operand;
  const negative: NumberExpression = { kind: "literal", value: -1n, type };
  const zero: NumberExpression = { kind: "literal", value: 0n, type };
  if (name === "not") return { kind: "arithmetic", operator: "^", left: operand, right: negative, type };
  if (name === "-_" && type.isSigned)
    return { kind: "arithmetic", operator: "-", left: zero, right: operand, type };
  const cast = CASTS[name];
  return cast === undefined ? undefined : { kind: "cast", operand, type: cast };
}

function binary(name: string, left: Typed, right: Typed): Typed | undefined {
  if (isNumber(left) && isNumber(right)) {
    if (left.type !== right.type) return undefined;
    if (COMPARISONS.has(name)) return { kind: "comparison", operator: name as Comparison, left, right };
    const operator = ARITHMETIC[name];
    return operator === undefined
      ? undefined
      : { kind: "arithmetic", operator, left, right, type: left.type };
  }
  if (isNumber(left) || isNumber(right)) return undefined;
  if (name === "&&") return { kind: "and", left, right };
  if (name === "||") return { kind: "or", left, right };
  const differ: Truth = { kind: "differ", left, right };
  if (name === "!=") return differ;
  return name === "==" ? { kind: "not", operand: differ } : undefined;
}

function typeName(read: Typed): string {
  return isNumber(read) ? read.type.name : "bool";
}
