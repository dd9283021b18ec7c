import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parseInt64, parseInteger } from "../../../src/lib/text/integer.ts";

describe("parseInteger()", () => {
  // Go 1.22, strconv.ParseInt(text, 0, 64).
  test.each<[string, number]>([
    ["0", 0],
    ["-0", 0],
    ["514", 514],
    ["+514", 514],
    ["-1", -1],
    ["0x10", 16],
    ["0XfF", 255],
    ["-0x10", -16],
    ["0b101", 5],
    ["0o17", 15],
    ["017", 15],
    ["0_17", 15],
    ["1_000", 1000],
    ["0x_ff", 255],
    ["00", 0],
    ["9007199254740991", 9007199254740991],
  ])("reads %p as %p", (text, value) => {
    expect(parseInteger(text)).toBe(value);
  });

  test.each([
    "",
    "-",
    "+",
    "1.0",
    "1e3",
    " 1",
    "1 ",
    "08",
    "0x",
    "0b2",
    "1__0",
    "_1",
    "1_",
    "--1",
    "9007199254740992",
    "one",
    "١",
  ])("refuses %p", (text) => {
    expect(parseInteger(text)).toBeUndefined();
  });

  test("reads every safe integer back from decimal and hexadecimal", () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        expect(parseInteger(String(value))).toBe(value);
        const hexadecimal = `${value < 0 ? "-" : ""}0x${Math.abs(value).toString(16)}`;
        expect(parseInteger(hexadecimal)).toBe(value);
      }),
    );
  });

  test("yields a safe integer or nothing for any text", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[-+0-9a-fxob_]*$/)), (text) => {
        const value = parseInteger(text);
        expect(value === undefined || Number.isSafeInteger(value)).toBe(true);
      }),
    );
  });
});

describe("parseInt64()", () => {
  // Go 1.22, strconv.ParseInt(text, 10, 64).
  test.each<[string, bigint]>([
    ["0", 0n],
    ["+7", 7n],
    ["-0012", -12n],
    ["9223372036854775807", 2n ** 63n - 1n],
    ["-9223372036854775808", -(2n ** 63n)],
    [`${"0".repeat(100)}5`, 5n],
  ])("reads %p as %p", (text, value) => {
    expect(parseInt64(text)).toBe(value);
  });

  test.each([
    "",
    "-",
    "0x10",
    "1_0",
    "1.0",
    " 1",
    "9223372036854775808",
    "-9223372036854775809",
    "1".repeat(50),
  ])("refuses %p", (text) => {
    expect(parseInt64(text)).toBeUndefined();
  });
});
