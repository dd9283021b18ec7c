import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  floorDivide,
  formatFraction,
  formatTimestamp,
  parseTimestamp,
} from "../../../src/lib/text/timestamp.ts";

describe("parseTimestamp()", () => {
  // Go 1.22, time.Parse(time.RFC3339, text).UnixNano().
  test.each<[string, bigint]>([
    ["1970-01-01T00:00:00Z", 0n],
    ["2023-10-06T22:03:57.700327580Z", 1_696_629_837_700_327_580n],
    ["2023-10-07T00:03:57.70032758+02:00", 1_696_629_837_700_327_580n],
    ["2023-10-06T21:33:57-00:30", 1_696_629_837_000_000_000n],
    ["2024-02-29T00:00:00Z", 1_709_164_800_000_000_000n],
    ["1969-12-31T23:59:59.999999999Z", -1n],
    ["1970-01-01T00:00:00.0000000019Z", 1n],
  ])("reads %p", (text, nanoseconds) => {
    expect(parseTimestamp(text)).toBe(nanoseconds);
  });

  test.each([
    "",
    "2023-01-01",
    "2023-01-01T00:00:00",
    "2023-01-01 00:00:00Z",
    "2023-01-01t00:00:00z",
    "2023-02-29T00:00:00Z",
    "2023-02-31T00:00:00Z",
    "2023-04-31T00:00:00Z",
    "2023-13-01T00:00:00Z",
    "2023-01-00T00:00:00Z",
    "2023-01-01T24:00:00Z",
    "2023-01-01T00:60:00Z",
    "2023-01-01T00:00:60Z",
    "2023-01-01T00:00:00.Z",
    "2023-01-01T00:00:00+24:00",
    "2023-01-01T00:00:00+01:60",
    "2023-01-01T00:00:00Z ",
  ])("refuses %p", (text) => {
    expect(parseTimestamp(text)).toBeUndefined();
  });

  test("reads back what formatTimestamp() writes, in any year of four digits", () => {
    const second = 1_000_000_000n;
    const time = fc.bigInt({ min: -62_167_219_200n * second, max: 253_402_300_800n * second - 1n });
    fc.assert(
      fc.property(time, (nanoseconds) => {
        expect(parseTimestamp(formatTimestamp(nanoseconds))).toBe(nanoseconds);
      }),
    );
  });
});

test("formatTimestamp() writes no more digits than it takes", () => {
  expect(formatTimestamp(0n)).toBe("1970-01-01T00:00:00Z");
  expect(formatTimestamp(500_000_000n)).toBe("1970-01-01T00:00:00.5Z");
  expect(formatTimestamp(-1n)).toBe("1969-12-31T23:59:59.999999999Z");
});

test("formatFraction() drops zeros at the end", () => {
  expect([0n, 1n, 120_000_000n].map(formatFraction)).toEqual(["", ".000000001", ".12"]);
});

test("floorDivide() rounds down", () => {
  expect([7n, -7n, -8n, 0n].map((value) => floorDivide(value, 4n))).toEqual([1n, -2n, -2n, 0n]);
});
