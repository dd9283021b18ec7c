import { expect, test } from "bun:test";
import fc from "fast-check";
import { CelCompileError } from "../../../src/lib/cel/index.ts";
import { namedPositions } from "../../../src/policy/condition/cel/typed.ts";
import { compileOperand, readTruth } from "../../../src/policy/condition/index.ts";
import { describeWithBpf } from "../../kernel/support.ts";
import { LoadedCondition } from "./run.ts";

const TYPES = [
  { size: 8, isSigned: true },
  { size: 4, isSigned: true },
  { size: 4, isSigned: false },
  { size: 8, isSigned: false },
] as const;
const RUNS = 150;

/** An expression, and what it is for some arguments. */
interface Sample<T> {
  readonly text: string;
  readonly value: (args: readonly bigint[]) => T;
}

type Type = (typeof TYPES)[number];

const fit = (value: bigint, { size, isSigned }: Type) =>
  isSigned ? BigInt.asIntN(size * 8, value) : BigInt.asUintN(size * 8, value);

function literal(type: Type, value: bigint): Sample<bigint> {
  const text = type.isSigned ? `${BigInt.asIntN(64, value)}` : `${BigInt.asUintN(64, value)}u`;
  const cast = type.isSigned ? "int32" : "uint32";
  return { text: type.size === 8 ? text : `${cast}(${text})`, value: () => fit(value, type) };
}

const anyInteger = fc.oneof(
  fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }),
  fc.constantFrom(0n, 1n, -1n, 1n << 31n, (1n << 32n) - 1n, -(1n << 31n), (1n << 63n) - 1n),
);

const NUMBER_OPERATORS = {
  "+": (a: bigint, b: bigint) => a + b,
  "-": (a: bigint, b: bigint) => a - b,
  and: (a: bigint, b: bigint) => a & b,
  or: (a: bigint, b: bigint) => a | b,
  xor: (a: bigint, b: bigint) => a ^ b,
} as const;
const COMPARISONS = {
  "==": (a: bigint, b: bigint) => a === b,
  "!=": (a: bigint, b: bigint) => a !== b,
  "<": (a: bigint, b: bigint) => a < b,
  "<=": (a: bigint, b: bigint) => a <= b,
  ">": (a: bigint, b: bigint) => a > b,
  ">=": (a: bigint, b: bigint) => a >= b,
} as const;

function numberOf(type: Type, depth: number): fc.Arbitrary<Sample<bigint>> {
  const position = TYPES.indexOf(type);
  const leaf = fc.oneof(
    anyInteger.map((value) => literal(type, value)),
    fc.constant<Sample<bigint>>({ text: `arg${position}`, value: (args) => args[position]! }),
  );
  if (depth === 0) return leaf;
  const inner = numberOf(type, depth - 1);
  const names = Object.keys(NUMBER_OPERATORS) as (keyof typeof NUMBER_OPERATORS)[];
  return fc.oneof(
    leaf,
    fc.tuple(fc.constantFrom(...names), inner, inner).map(([name, left, right]) => ({
      text:
        name.length === 1 ? `(${left.text} ${name} ${right.text})` : `${name}(${left.text}, ${right.text})`,
      value: (args: readonly bigint[]) =>
        fit(NUMBER_OPERATORS[name](left.value(args), right.value(args)), type),
    })),
    inner.map(({ text, value }) => ({
      text: `not(${text})`,
      value: (args: readonly bigint[]) => fit(~value(args), type),
    })),
  );
}

function truthOf(depth: number): fc.Arbitrary<Sample<boolean>> {
  const operators = Object.keys(COMPARISONS) as (keyof typeof COMPARISONS)[];
  const comparison = fc
    .constantFrom(...TYPES)
    .chain((type) => fc.tuple(fc.constantFrom(...operators), numberOf(type, 3), numberOf(type, 3)))
    .map(
      ([operator, left, right]): Sample<boolean> => ({
        text: `${left.text} ${operator} ${right.text}`,
        value: (args) => COMPARISONS[operator](left.value(args), right.value(args)),
      }),
    );
  if (depth === 0) return comparison;
  const inner = truthOf(depth - 1);
  const both = fc
    .tuple(fc.constantFrom("&&", "||", "==", "!="), inner, inner)
    .map(([operator, left, right]) => ({
      text: `((${left.text}) ${operator} (${right.text}))`,
      value: (args: readonly bigint[]) => {
        const [a, b] = [left.value(args), right.value(args)];
        return operator === "&&" ? a && b : operator === "||" ? a || b : (a === b) === (operator === "==");
      },
    }));
  const not = inner.map(({ text, value }) => ({
    text: `!(${text})`,
    value: (args: readonly bigint[]) => !value(args),
  }));
  return fc.oneof(comparison, both, not);
}

function condition(expression: string): LoadedCondition {
  return new LoadedCondition((context, base, failed) => {
    const values = namedPositions(expression).map((position) => {
      const type = TYPES[position]!;
      return { integer: { place: { base, offset: position * 8, size: type.size }, ...type } };
    });
    compileOperand(context, { operator: "CelExpr", isNegated: false, expression }, values, failed);
  });
}

const types = (position: number) => {
  const type = TYPES[position];
  return type && { bits: type.size === 8 ? (64 as const) : (32 as const), isSigned: type.isSigned };
};

describeWithBpf("Conditions that are expressions", () => {
  test("hold when the expression is true", () => {
    const inputs = fc.tuple(truthOf(3), fc.array(fc.tuple(anyInteger, anyInteger, anyInteger, anyInteger)));
    fc.assert(
      fc.property(inputs, ([{ text, value }, all]) => {
        using compiled = condition(text);
        for (const integers of [...all, [0n, 0n, 0n, 0n], [-1n, -1n, -1n, -1n]]) {
          const args = TYPES.map((type, index) => fit(integers[index]!, type));
          const input = new BigUint64Array(args.map((arg) => BigInt.asUintN(64, arg)));
          expect([text, args, compiled.holds(new Uint8Array(input.buffer))]).toEqual([
            text,
            args,
            value(args),
          ]);
        }
      }),
      { numRuns: RUNS },
    );
  });

  test.each([
    ["int32(-1) == int32(4294967295)", true],
    ["uint32(6u) == uint32(17179869190u)", true],
    ["18446744073709551611u + 6u == 1u", true],
    ["5 - 10 == -5", true],
    ["(5 == 10) == (10 == 10)", false],
    ["int(int32(-1)) == -1 && uint(uint32(4294967295u)) == 4294967295u", true],
    ["1 - (2 - (3 - (4 - (5 - (6 - (7 - 8)))))) == -4", true],
    ["true", true],
    ["false || 1 == 2", false],
  ])("%p is %p", (expression, value) => {
    using compiled = condition(expression);
    expect(compiled.holds(new Uint8Array(32))).toBe(value);
  });
});

test.each([
  ["arg1 > 5", "> cannot be used with (int32, int)"],
  ["arg0", "is a number of type int, needs a comparison"],
  ["arg9 == 1", "found arg9, needs an argument: arg0 is the first one"],
  ["arg0 * 2 == 4", "* cannot be used with (int, int)"],
  ["arg0 == 1.5", "needs an integer, found a literal of type double"],
  ["[1] == [1]", "needs integers, comparisons and the operators of truth alone"],
  ["!arg0", "! cannot be used with (int)"],
  ["arg0 == 1 && arg2", "&& cannot be used with (bool, uint32)"],
])("readTruth() refuses %p", (expression, message) => {
  expect(() => readTruth(expression, types)).toThrow(new CelCompileError(message, 0));
});
