import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { formatSize, parseSize } from "../../../src/lib/text/size.ts";

describe("parseSize()", () => {
  test.each<[string, number]>([
    ["0", 0],
    ["65536", 65536],
    ["064", 64],
    ["64K", 65536],
    ["2M", 2_097_152],
    ["1G", 1_073_741_824],
    ["0G", 0],
  ])("reads %p as %p bytes", (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  test.each([
    "",
    "K",
    "64k",
    "64KB",
    "64KiB",
    "1.5M",
    "-1",
    "+1",
    "1 K",
    " 1",
    "0x10",
    "1_000",
    "9007199254740993",
    "9".repeat(400),
  ])("refuses %p", (text) => {
    expect(parseSize(text)).toBeUndefined();
  });

  test("reads what formatSize() writes, and nothing makes it throw", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (bytes) => {
        expect(parseSize(formatSize(bytes))).toBe(bytes);
      }),
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(["number", "undefined"]).toContain(typeof parseSize(text));
      }),
    );
  });
});

test.each<[number, string]>([
  [0, "0"],
  [1023, "1023"],
  [65507, "65507"],
  [65536, "64K"],
  [4_194_304, "4M"],
  [1_073_741_824, "1G"],
])("formatSize() writes %p as %p", (bytes, text) => {
  expect(formatSize(bytes)).toBe(text);
});
