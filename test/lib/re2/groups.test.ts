import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { compileGroups, compilePattern, PatternSyntaxError } from "../../../src/lib/re2/index.ts";

describe("compileGroups()", () => {
  test("counts groups, named ones included", () => {
    expect(compileGroups("a").groupCount).toBe(0);
    expect(compileGroups("(a)(?P<name>b)(?:c)").groupCount).toBe(2);
  });

  test("refuses what is not RE2", () => {
    expect(() => compileGroups("(?=a)")).toThrow(PatternSyntaxError);
  });

  test.each([
    ["token=(\\S+)", "x token=1 token=22 y", "x token=# token=# y"],
    ["(a(b))", "xaby", "x#y"],
    ["(a)|(b)", "ab", "##"],
    ["none(1)", "text", "text"],
    ["()", "ab", "#a#b#"],
    ["(ab)?c", "c", "c"],
  ])("%p replaces in %p: %p", (pattern, text, expected) => {
    expect(compileGroups(pattern).replaceGroups(text, "#")).toBe(expected);
  });

  test("a replacement may be empty", () => {
    expect(compileGroups("(a+)").replaceGroups("aaba", "")).toBe("b");
    expect(compileGroups("(a+)").replaceGroups("aaa", "")).toBe("");
  });

  test("replaces what RE2 finds, in patterns that begin with a literal, too", () => {
    const part = fc.constantFrom(
      "a",
      "(a)",
      "(b*)",
      "(a(b)?)",
      "\\b",
      ".",
      "(.+)",
      "$",
      "(?:b|(c))",
      "[ab]",
      "(\\S+)",
      "-",
    );
    const pattern = fc
      .tuple(fc.constantFrom("a", "ab", "-", "b{2}"), fc.array(part, { maxLength: 4 }))
      .map(([a, b]) => a + b.join(""));
    const text = fc
      .array(fc.constantFrom(..."aabbc- ä", "ab", "a-", "\n"), { maxLength: 60 })
      .map((parts) => parts.join(""));
    let replaced = 0;
    fc.assert(
      fc.property(pattern, text, (source, subject) => {
        // In a group, a pattern begins with no literal that is easy to see.
        const found = compileGroups(source).replaceGroups(subject, "#");
        expect([source, subject, found]).toEqual([
          source,
          subject,
          compileGroups(`(?:${source})`).replaceGroups(subject, "#"),
        ]);
        expect(compilePattern(source).test(subject)).toBe(compilePattern(`(?:${source})`).test(subject));
        if (found !== subject) replaced++;
      }),
      { numRuns: 3_000 },
    );
    expect(replaced).toBeGreaterThan(50);
  }, 30_000);
});
