import { describe, expect, test } from "bun:test";
import { compilePattern, PatternLimitError, withPatternLimits } from "../../../src/lib/re2/index.ts";

const LIMITS = { length: 100, size: 5000 };

describe("withPatternLimits()", () => {
  test("lets patterns within the limits be, and says how large they are", () => {
    const { value, size } = withPatternLimits(LIMITS, () => compilePattern("^/usr/bin/(?:curl|wget)$"));
    expect(value.test("/usr/bin/curl")).toBe(true);
    expect(size).toBeGreaterThan(0);
    expect(size).toBeLessThan(100);
  });

  test("refuses a long one, one that stands for much, and many that together do", () => {
    const refused = (act: () => void) =>
      expect(() => withPatternLimits(LIMITS, act)).toThrow(PatternLimitError);
    refused(() => compilePattern("a".repeat(101)));
    refused(() => compilePattern("(?:ab){1,999}(?:ab){1,999}(?:ab){1,999}"));
    let compiled = 0;
    refused(() => {
      for (; compiled < 1000; compiled++) compilePattern(`a{1,900}${compiled}`);
    });
    expect(compiled).toBeLessThan(5);
  });

  test("limits nothing else", () => {
    expect(() => withPatternLimits(LIMITS, () => compilePattern("a".repeat(101)))).toThrow();
    expect(compilePattern("a".repeat(101)).test("a".repeat(101))).toBe(true);
  });
});
