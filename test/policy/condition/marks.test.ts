/** Operators whose policy asks which values have matched. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { compileOperand } from "../../../src/policy/condition/index.ts";
import type { Operand } from "../../../src/policy/policy.ts";
import { singleOperands } from "../../../src/policy/single-values.ts";
import { describeWithBpf } from "../../kernel/support.ts";
import { bytesCondition, inputOf } from "./bytes.ts";
import { holdsForBytes, holdsForInteger } from "./evaluate.ts";
import { LoadedCondition } from "./run.ts";

const RUNS = 20;
const PLACE = { capacity: 256, isFromEnd: true };
const encode = (text: string) => new TextEncoder().encode(text);
const texts = fc.array(fc.stringMatching(/^[ab/]{1,12}$/), { minLength: 1, maxLength: 8 });

/** Asks about bytes, and holds answers and marks against what the operand says. */
function checkBytes(operand: Operand, asked: readonly Uint8Array[]): void {
  using compiled = bytesCondition(operand, PLACE);
  for (const bytes of asked)
    expect(compiled.holds(inputOf(bytes, PLACE, encode("x")))).toBe(holdsForBytes(operand, bytes));
  const positive = singleOperands({ ...operand, isNegated: false });
  const matched = positive.map((single) => Number(asked.some((bytes) => holdsForBytes(single, bytes))));
  expect([...compiled.marked(operand)]).toEqual(matched);
}

describeWithBpf("marks of values", () => {
  for (const operator of ["EqualString", "Prefix", "Postfix", "SubString"] as const) {
    test(`are those of all texts that match, of ${operator}`, () => {
      fc.assert(
        fc.property(texts, texts, fc.boolean(), (values, asked, isNegated) => {
          const operand: Operand = { operator, isNegated, isMarked: true, strings: values.map(encode) };
          checkBytes(operand, asked.map(encode));
        }),
        { numRuns: RUNS },
      );
    });
  }

  for (const operator of ["EqualString", "Prefix", "Postfix"] as const) {
    test(`are there for thousands of texts, which are looked up, of ${operator}`, () => {
      const names = Array.from({ length: 2000 }, (_, index) =>
        operator === "Postfix" ? `/f${index}` : `/${index}/f`,
      );
      const strings = [...names, "/7/", "/7/f/long", "/f7/f8", names[3]!].map(encode);
      const operand: Operand = { operator, isNegated: false, isMarked: true, strings };
      checkBytes(operand, ["/7/f/longer", "/1999/f", "/x/f1999", "/x/f7/f8", "/3/f", "/f3"].map(encode));
    });
  }

  test("are those of numbers and ranges that match", () => {
    const number = fc.integer({ min: -20, max: 20 }).map(BigInt);
    const numbers = fc.array(number, { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(numbers, numbers, fc.boolean(), fc.constantFrom("Equal", "GT", "InRange"), (...given) => {
        const [values, asked, isNegated, operator] = given;
        const what = { isNegated, isMarked: true } as const;
        const operand: Operand =
          operator === "InRange"
            ? { ...what, operator, ranges: values.map((first) => ({ first, last: first + 3n })) }
            : { ...what, operator: operator as "Equal" | "GT", integers: values };
        checkIntegers(operand, asked);
      }),
      { numRuns: RUNS },
    );
  });

  test("are there for thousands of numbers, which are looked up", () => {
    const integers = Array.from({ length: 3000 }, (_, index) => BigInt(index * 3));
    checkIntegers({ operator: "Equal", isNegated: false, isMarked: true, integers }, [0n, 1n, 8997n, 300n]);
  });

  test("of a list of ranges that is too long are refused", () => {
    const ranges = Array.from({ length: 3000 }, (_, index) => {
      const first = BigInt(index * 10);
      return { first, last: first + 3n };
    });
    const operand: Operand = { operator: "InRange", isNegated: false, isMarked: true, ranges };
    expect(() => integerCondition(operand)).toThrow(
      "3000 values, ranges among them, are too many for mark-values",
    );
  });
});

function integerCondition(operand: Operand): LoadedCondition {
  return new LoadedCondition((context, input, failed) => {
    const place = { base: input, offset: 0, size: 8 } as const;
    compileOperand(context, operand, [{ integer: { place, size: 8, isSigned: true } }], failed);
  });
}

function checkIntegers(operand: Operand, asked: readonly bigint[]): void {
  using compiled = integerCondition(operand);
  for (const value of asked) {
    const bytes = new Uint8Array(new BigInt64Array([value]).buffer);
    expect(compiled.holds(bytes)).toBe(holdsForInteger(operand, value));
  }
  const positive = singleOperands({ ...operand, isNegated: false });
  const matched = positive.map((single) => Number(asked.some((value) => holdsForInteger(single, value))));
  expect([...compiled.marked(operand)]).toEqual(matched);
}
