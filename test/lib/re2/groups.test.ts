import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { RE2JS } from "re2js";
import { compileGroups, compilePattern, PatternSyntaxError } from "../../../src/lib/re2/index.ts";

/** What RE2 makes of it, as Go's `ReplaceAllStringFunc` goes from match to match. */
function replacedByRe2(pattern: string, text: string, by: string): string {
  const matcher = RE2JS.compile(pattern).matcher(text);
  let replaced = "";
  let copied = 0;
  let lastEnd = 0;
  while (matcher.find()) {
    const isTaken = matcher.end(0) > lastEnd || matcher.start(0) === 0;
    lastEnd = matcher.end(0);
    let floor = matcher.start(0);
    for (let group = 1; isTaken && group <= matcher.groupCount(); group++) {
      if (matcher.start(group) < floor) continue;
      replaced += text.slice(copied, matcher.start(group)) + by;
      floor = copied = matcher.end(group);
    }
  }
  return replaced + text.slice(copied);
}

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

  test("replaces what RE2 finds, whichever engine a pattern and a text are for", () => {
    const part = fc.constantFrom(
      ...[
        "a",
        "b",
        "=",
        "(a)",
        "(a+)",
        "(b*)",
        "(b*?)",
        "(a)?",
        "(a)??",
        "(a|ab)",
        "(ab|a)(b)?",
        "(?:a|(b))",
        "(a(b)?)",
      ],
      ...[
        "a*",
        "a+?",
        "b??",
        "\\s+",
        "(\\S+)",
        "(\\S*)",
        "(?:\\s+|=)",
        "[^a]*",
        "(.)",
        "(.*?)",
        "\\b",
        "^",
        "$",
        "|",
        "é",
      ],
      ...["(?:(a)|b=)?", "(a?)", "((a)|(b))", "a{1,2}", "(b{2,}?)"],
    );
    const pattern = fc
      .tuple(fc.constantFrom("", "", "(?i)", "a", "=b"), fc.array(part, { minLength: 1, maxLength: 5 }))
      .map(([begin, parts]) => begin + parts.join(""));
    const text = fc
      .array(fc.constantFrom(..."aabb== A", "ab", "=b", "=ba ", "\n", "é", "😀", "a".repeat(100)), {
        maxLength: 30,
      })
      .map((parts) => parts.join(""));
    let replaced = 0;
    fc.assert(
      fc.property(pattern, fc.array(text, { minLength: 2, maxLength: 4 }), (source, texts) => {
        const groups = compileGroups(source);
        for (const subject of texts) {
          const expected = replacedByRe2(source, subject, "#");
          if (expected !== subject) replaced++;
          expect([source, subject, groups.replaceGroups(subject, "#")]).toEqual([source, subject, expected]);
        }
      }),
      { numRuns: 6_000 },
    );
    expect(replaced).toBeGreaterThan(1000);
  }, 30_000);

  test("more matches than RegExp is to look for, and longer texts, are RE2's", () => {
    for (const pattern of ["k=(\\S+) (-\\S*)", "(\\w+):(\\w+)@"]) {
      for (const count of [15, 16, 17, 18, 40, 20_000]) {
        const text = "k=a:b@c -x y ".repeat(count);
        expect(compileGroups(pattern).replaceGroups(text, "#")).toBe(replacedByRe2(pattern, text, "#"));
      }
    }
  });
});
