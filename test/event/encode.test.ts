import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { decodeLossless, encode } from "../../src/event/encode.ts";

/** JSON that is written by hand, so that numbers keep the digits that they are given. */
type Written = { readonly text: string; readonly integers: readonly bigint[] };

const space = fc.constantFrom("", " ", "\n\t", "\r\n  ");
const integer = fc.oneof(
  fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }),
  fc.bigInt({ min: 2n ** 53n - 3n, max: 2n ** 53n + 3n }),
  fc.bigInt({ min: -(10n ** 45n), max: 10n ** 45n }),
  fc.bigInt({ min: -9n, max: 9n }),
);
/** Strings that look like JSON with long numbers in it. */
const trickyString = fc
  .array(
    fc.constantFrom('"', "\\", ":", ",", "[", "]", "{", "}", " ", "-", "1e99", "12345678901234567890", "ä"),
  )
  .map((parts) => parts.join(""));

const { tree } = fc.letrec<{ tree: Written; list: Written; object: Written }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    integer.map((value) => ({ text: String(value), integers: [value] })),
    trickyString.map((value) => ({ text: JSON.stringify(value), integers: [] })),
    tie("list"),
    tie("object"),
  ),
  list: fc
    .tuple(fc.array(tie("tree"), { maxLength: 4 }), space)
    .map(([items, gap]) => join(items, "[", `${gap},${gap}`, "]")),
  object: fc
    .tuple(fc.array(fc.tuple(trickyString, tie("tree")), { maxLength: 4 }), space)
    .map(([fields, gap]) =>
      join(
        fields.map(([key, { text, integers }], i) => ({
          text: `${JSON.stringify(`_${i}${key}`)}${gap}:${gap}${text}`,
          integers,
        })),
        "{",
        `${gap},${gap}`,
        "}",
      ),
    ),
}));

function join(items: readonly Written[], open: string, separator: string, close: string): Written {
  return {
    text: open + items.map(({ text }) => text).join(separator) + close,
    integers: items.flatMap(({ integers }) => integers),
  };
}

type Reviver = (key: string, value: unknown, context: { source?: string }) => unknown;

/** All numbers of a document in order, as they stand there. */
function numbersOf(text: string): string[] {
  const found: string[] = [];
  const parse = JSON.parse as (text: string, reviver: Reviver) => unknown;
  parse(text, (_key, value, { source }) => {
    if (typeof value === "number") found.push(source!);
    return value;
  });
  return found;
}

describe("decodeLossless() and encode()", () => {
  test("keep every number", () => {
    fc.assert(
      fc.property(tree, ({ text, integers }) => {
        const encoded = encode(decodeLossless(`{"x":${text}}`));
        expect(numbersOf(encoded)).toEqual(integers.map(String));
        expect(JSON.parse(encoded)).toEqual(JSON.parse(`{"x":${text}}`));
      }),
      { numRuns: 500 },
    );
  });

  test("change nothing", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 })), (value) => {
        const text = JSON.stringify(value);
        expect(encode(decodeLossless(text))).toBe(JSON.stringify(JSON.parse(text)));
      }),
    );
  });

  test.each([
    "18446744073709551615",
    "-9223372036854775808",
    "9007199254740991",
    "9007199254740992",
    "-0",
    "4294967295",
    "1e3",
    "1.8446744073709551615e19",
    "-922337203685477580.8E+1",
    "18446744073709551615.00",
    "0.0e99999999999999999999",
    "1e400",
    "1e999999999",
    "1e300",
    "0.12345678901234567",
    "1234567890123456.5",
    "[1,18446744073709551615,2]",
    '["\\\\",18446744073709551615]',
    '"\\",12345678901234567890]"',
  ])("number %s stays as it is", (number) => {
    expect(encode(decodeLossless(`{"x":${number}}`))).toBe(`{"x":${number}}`);
  });

  test("keep the order of fields, and fields that prototypes have", () => {
    const text = '{"z":1,"__proto__":{"a":18446744073709551615},"constructor":[],"a":2}';
    expect(encode(decodeLossless(text))).toBe(text);
  });
});

describe("decodeLossless()", () => {
  test("refuses what JSON.parse refuses", () => {
    const piece = fc.constantFrom(
      ...'{}[]:,"\\-+.eE01 ',
      '"a"',
      "12345678901234567890",
      "012345678901234567890",
      "1e30",
      "1-1234567890123456",
      "null",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = `{"x":[${pieces.join("")}`;
        for (const candidate of [text, `${text}]}`]) {
          const isJson = succeeds(() => JSON.parse(candidate));
          expect(succeeds(() => decodeLossless(candidate))).toBe(isJson);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    "",
    "nothing",
    "[12345678901234567890]",
    "12345678901234567890",
    "null",
    '"text"',
    '{"a":1,12345678901234567890:1}',
    '{"a":1,12345678901234567890}',
    '{"a":12345678901234567890 1}',
  ])("throws a SyntaxError for %p", (text) => {
    expect(() => decodeLossless(text)).toThrow(SyntaxError);
  });
});

function succeeds(action: () => unknown): boolean {
  try {
    action();
    return true;
  } catch {
    return false;
  }
}
