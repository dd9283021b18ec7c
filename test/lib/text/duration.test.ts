import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { formatDuration, parseDuration, parseNanoseconds } from "../../../src/lib/text/duration.ts";

describe("parseDuration()", () => {
  // Go 1.22, time.ParseDuration, in milliseconds.
  const valid: [string, number][] = [
    ["0", 0],
    ["+0", 0],
    ["-0", 0],
    ["0s", 0],
    ["15s", 15_000],
    ["+15s", 15_000],
    ["-15s", -15_000],
    ["300ms", 300],
    ["1h30m", 5_400_000],
    ["1.5h", 5_400_000],
    [".5s", 500],
    ["1.s", 1000],
    ["1.001s", 1001],
    ["4.35s", 4350],
    ["2h45m30.918273645s", 9_930_918.273645],
    ["1us", 0.001],
    ["1µs", 0.001],
    ["1μs", 0.001],
    ["1ns", 0.000001],
    ["30m1h", 5_400_000],
    ["0.3333333333333333333h", 1_200_000],
    ["2562047h47m16.854775807s", 9_223_372_036_854.775],
  ];
  test.each(valid)("reads %p as %p ms", (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  const invalid = [
    "",
    "15",
    "3.5",
    "-",
    "+",
    "s",
    ".s",
    "1",
    "1x",
    "1 s",
    " 1s",
    "1s ",
    "1S",
    "1d",
    "1sm",
    "--1s",
  ];
  test.each([...invalid, "1s-1s", "1..5s", "1e3s", "2562047h47m16.854775808s", `${"9".repeat(400)}h`])(
    "refuses %p",
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );

  test("never throws and never yields a number that is not finite", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[-+.0-9nuµmsh ]*$/)), (text) => {
        const milliseconds = parseDuration(text);
        expect(milliseconds === undefined || Number.isFinite(milliseconds)).toBe(true);
      }),
    );
  });
});

describe("formatDuration()", () => {
  test.each<[number, string]>([
    [0, "0s"],
    [300, "300ms"],
    [15_000, "15s"],
    [90_000, "1m30s"],
    [5_400_000, "1h30m"],
    [3_600_001, "1h1ms"],
    [0.0015, "1us500ns"],
    [-15_000, "-15s"],
  ])("writes %p ms as %p", (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });

  test("writes what parseDuration() reads back", () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e12, max: 1e12 }), (milliseconds) => {
        expect(parseDuration(formatDuration(milliseconds))).toBe(milliseconds);
      }),
    );
  });
});

describe("parseNanoseconds()", () => {
  // Go 1.22, time.ParseDuration, in nanoseconds.
  test.each<[string, bigint]>([
    ["-1.5s", -1_500_000_000n],
    ["0.0000000001s", 0n],
    ["0.3333333333333333333h", 1_200_000_000_000n],
    [`${"0".repeat(50)}1ns`, 1n],
    ["2562047h47m16.854775807s", 2n ** 63n - 1n],
    ["-2562047h47m16.854775808s", -(2n ** 63n)],
  ])("reads %p as %p ns", (text, nanoseconds) => {
    expect(parseNanoseconds(text)).toBe(nanoseconds);
  });

  test.each(["2562047h47m16.854775808s", "-2562047h47m16.854775809s", `${"9".repeat(400)}ns`])(
    "refuses %p, which is beyond 64 bits",
    (text) => {
      expect(parseNanoseconds(text)).toBeUndefined();
    },
  );
});
