import { describe, expect, test } from "bun:test";
import { compileGroups, PatternSyntaxError } from "../../../src/lib/re2/index.ts";

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
});
