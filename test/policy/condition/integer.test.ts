import { expect, test } from "bun:test";
import fc from "fast-check";
import { compileOperand, type IntegerLocation } from "../../../src/policy/condition/index.ts";
import type { Operand } from "../../../src/policy/policy.ts";
import { describeWithBpf } from "../../kernel/support.ts";
import { holdsForInteger } from "./evaluate.ts";
import { LoadedCondition } from "./run.ts";

const SIZES = [1, 2, 4, 8] as const;
const OPERATORS = ["Equal", "GT", "LT", "Mask", "InRange"] as const;
/** Values that each operand is asked about. */
const VALUES = 40;
const RUNS = 25;

type Type = Pick<IntegerLocation, "size" | "isSigned">;

const fit = (value: bigint, { size, isSigned }: Type) =>
  isSigned ? BigInt.asIntN(size * 8, value) : BigInt.asUintN(size * 8, value);

/** Numbers near the ends of widths as well as any. */
const number = fc.oneof(
  fc.bigInt({ min: -(1n << 63n), max: (1n << 64n) - 1n }),
  fc
    .tuple(
      fc.constantFrom(0n, 8n, 15n, 16n, 31n, 32n, 63n, 64n),
      fc.bigInt({ min: -3n, max: 3n }),
      fc.boolean(),
    )
    .map(([bits, distance, isNegative]) => (isNegative ? -1n : 1n) * ((1n << bits) + distance)),
);

function operandOf(type: Type): fc.Arbitrary<Operand> {
  const fitting = number.map((value) => fit(value, type));
  const values = fc.array(fitting, { minLength: 1, maxLength: 12 });
  return fc
    .tuple(fc.constantFrom(...OPERATORS), fc.boolean(), values, values)
    .map(([operator, isNegated, integers, others]): Operand => {
      if (operator === "Mask")
        return {
          operator,
          isNegated,
          integers: integers.map((value) => BigInt.asUintN(type.size * 8, value)),
        };
      if (operator !== "InRange") return { operator, isNegated, integers };
      const ranges = integers.map((value, index) => {
        const other = others[index] ?? value;
        return value < other ? { first: value, last: other } : { first: other, last: value };
      });
      return { operator, isNegated, ranges };
    });
}

/** What is near the values of an operand, and what is not. */
function candidates(operand: Operand, type: Type, others: readonly bigint[]): bigint[] {
  const named = [
    ...("integers" in operand ? operand.integers : []),
    ...("ranges" in operand ? operand.ranges.flatMap(({ first, last }) => [first, last]) : []),
  ];
  return [...named.flatMap((value) => [value - 1n, value, value + 1n]), ...others].map((value) =>
    fit(value, type),
  );
}

function condition(operand: Operand, type: Type): LoadedCondition {
  return new LoadedCondition((context, input, failed) => {
    const place = { base: input, offset: 0, size: type.size };
    compileOperand(context, operand, [{ integer: { place, ...type } }], failed);
  });
}

function bytesOf(value: bigint): Uint8Array {
  return new Uint8Array(new BigUint64Array([BigInt.asUintN(64, value)]).buffer);
}

describeWithBpf("Conditions on integers", () => {
  for (const size of SIZES) {
    for (const isSigned of [true, false]) {
      const type = { size, isSigned };
      test(`of ${size} bytes, ${isSigned ? "signed" : "unsigned"}, hold as the operators say`, () => {
        const others = fc.array(number, { minLength: 5, maxLength: VALUES });
        fc.assert(
          fc.property(operandOf(type), others, (operand, values) => {
            using compiled = condition(operand, type);
            for (const value of candidates(operand, type, values)) {
              expect([value, compiled.holds(bytesOf(value))]).toEqual([
                value,
                holdsForInteger(operand, value),
              ]);
            }
          }),
          { numRuns: RUNS },
        );
      });
    }
  }
});
