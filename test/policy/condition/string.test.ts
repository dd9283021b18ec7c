import { expect, test } from "bun:test";
import fc from "fast-check";
import { compileOperand } from "../../../src/policy/condition/index.ts";
import type { Operand } from "../../../src/policy/policy.ts";
import { describeWithBpf } from "../../kernel/support.ts";
import { type BytesPlace, bytesCondition, inputOf, locationIn } from "./bytes.ts";
import { holdsForBytes, latin1 } from "./evaluate.ts";
import { LoadedCondition } from "./run.ts";

const OPERATORS = ["EqualString", "Prefix", "Postfix"] as const;
const PLACES: readonly BytesPlace[] = [
  { capacity: 256, isFromEnd: false },
  { capacity: 256, isFromEnd: true },
  { capacity: 4096, isFromEnd: false },
  { capacity: 4096, isFromEnd: true },
];
const RUNS = 30;
const encode = (text: string) => new TextEncoder().encode(text);

/** Few different bytes, so that much is alike. */
const bytes = (maxLength: number) =>
  fc
    .array(fc.constantFrom(0x2f, 0x61, 0x62, 0x00, 0xff, 0x80), { maxLength })
    .map((list) => Uint8Array.from(list));
const lengths = fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 24, 40, 127, 128, 255, 256);
/** One of a few texts, cut at any length: so values begin with each other. */
const value = fc.oneof(
  bytes(24),
  fc.tuple(lengths, fc.constantFrom(0x61, 0x62)).map(([length, byte]) => new Uint8Array(length).fill(byte)),
);

/** Texts that are nearly some values. */
function near(values: readonly Uint8Array[], extra: Uint8Array): Uint8Array[] {
  return values.flatMap((text) => [
    text,
    text.slice(0, -1),
    text.slice(1),
    Buffer.concat([text, extra]),
    Buffer.concat([extra, text]),
    changed(text, 0),
    changed(text, text.length - 1),
    changed(text, text.length >> 1),
  ]);
}

function changed(text: Uint8Array, at: number): Uint8Array {
  const copy = text.slice();
  if (at >= 0 && at < copy.length) copy[at]! ^= 1;
  return copy;
}

function check(operand: Operand, place: BytesPlace, texts: readonly Uint8Array[]) {
  using compiled = bytesCondition(operand, place);
  const strings = "strings" in operand ? operand.strings : [];
  for (const [index, text] of texts.entries()) {
    if (text.length > place.capacity) continue;
    // What is beside the bytes would make the condition hold.
    const others = strings[index % strings.length]!;
    const holds = compiled.holds(inputOf(text, place, others));
    expect([latin1(text), holds]).toEqual([latin1(text), holdsForBytes(operand, text)]);
  }
}

describeWithBpf("Conditions on bytes", () => {
  for (const operator of OPERATORS) {
    for (const place of PLACES) {
      const where = `up to ${place.capacity} bytes ${place.isFromEnd ? "before" : "behind"} a place`;
      test(`${operator} holds as it says, in ${where}`, () => {
        const inputs = fc.tuple(
          fc.array(value, { minLength: 1, maxLength: 12 }),
          fc.array(value, { maxLength: 10 }),
          bytes(9),
          fc.boolean(),
        );
        fc.assert(
          fc.property(inputs, ([strings, others, extra, isNegated]) => {
            const operand = { operator, isNegated, strings };
            check(operand, place, [...near(strings, extra), ...others, new Uint8Array(place.capacity)]);
          }),
          { numRuns: RUNS },
        );
      });
    }

    test(`${operator} with a thousand values and more, some of them long, holds as it says`, () => {
      const name = (index: number) =>
        `/opt/${(index * 7919) % 2003}/${index % 3 === 0 ? "a" : "bin/tool"}${index}`;
      const texts = Array.from({ length: 1200 }, (_, index) => name(index));
      const long = Array.from({ length: 20 }, (_, index) => `${"/long".repeat(60)}${index}`);
      const strings = [...texts, ...long].map((text) => new TextEncoder().encode(text));
      const place = { capacity: 4096, isFromEnd: true };
      const sample = strings.filter((_, index) => index % 40 === 0 || index >= texts.length);
      const extra = new TextEncoder().encode("/x");
      for (const isNegated of [false, true]) {
        check({ operator, isNegated, strings }, place, near(sample, extra));
      }
    });
  }

  test("of many large sets in one program hold as they say: those for which it has no room are looked up", () => {
    const place = { capacity: 256, isFromEnd: true };
    const set = (number: number) =>
      Array.from({ length: 150 }, (_, index) => encode(`/set/${number}/${index}/name`));
    using compiled = new LoadedCondition((context, input, failed) => {
      for (let number = 0; number < 48; number++) {
        const operand = { operator: "EqualString", isNegated: true, strings: set(number) } as const;
        compileOperand(context, operand, [{ bytes: locationIn(input, place) }], failed);
      }
    });
    const holds = (text: string) => compiled.holds(inputOf(encode(text), place, encode("x")));
    expect(["/set/0/0/name", "/set/30/149/name", "/set/47/75/name"].map(holds)).toEqual([
      false,
      false,
      false,
    ]);
    expect(["/set/48/0/name", "/set/0/150/name", "/set/0/0/nam", ""].map(holds)).toEqual([
      true,
      true,
      true,
      true,
    ]);
  });
});
