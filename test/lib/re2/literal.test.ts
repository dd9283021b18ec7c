import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { RE2JS } from "re2js";
import { requiredLiteral } from "../../../src/lib/re2/index.ts";

describe("requiredLiteral()", () => {
  test.each([
    ["--password(?:\\s+|=)(\\S*)", "--password"],
    ["^/usr/bin/.*sh$", "/usr/bin/"],
    ["(?:a|b)secret=(\\w+)", "secret="],
    ["a\\.b\\-cd+e", "a.b-cd"],
    ["ab{2}cd", "cd"],
    ["ab?cd*efg", "efg"],
    ["a{b}c", "a"],
    ["(?P<name>x)yz", "yz"],
    ["tok=", "tok="],
    ["ab*c", "a"],
    ["ab+c", "ab"],
    ["ab{0}", "a"],
    ["ab[|)]c", "ab"],
    ["ab\\|c", "ab|c"],
    ["a?b", "b"],
    ["^ab", "ab"],
    ["[a-z]{3,}=x", "=x"],
  ])("of %s is %s", (pattern, literal) => {
    expect(requiredLiteral(pattern)).toBe(literal);
  });

  test.each([
    "a|b",
    "ab|c",
    "(ab)",
    "(?i)ab",
    "ab\\Q|\\E",
    "\\x61",
    "\\pL",
    "\\141",
    "(?i)password",
    "(?s)a.b",
    "\\Qa\\E",
    "[[:alpha:]]a",
    "(abc)",
    ".*",
    "a?",
    "\\w+",
    "x(?i:a)",
  ])("sees none in %s", (pattern) => {
    expect(requiredLiteral(pattern)).toBeUndefined();
  });

  test("is in every text with a match", () => {
    const part = fc.constantFrom(
      ..."ab-=|()*+?.{}[]^$\\",
      ...["{2}", "{0,1}", "{0}", "(?:", "\\.", "\\b", "[ab]", "[^a]", "[]a]", "\\w", "ab", "(a|b)", "\\x61"],
    );
    const text = fc.array(fc.constantFrom(..."ab-=.{}x"), { maxLength: 12 }).map((parts) => parts.join(""));
    let matches = 0;
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), fc.array(text, { maxLength: 6 }), (parts, texts) => {
        const pattern = parts.join("");
        const literal = requiredLiteral(pattern);
        let re2: RE2JS;
        try {
          re2 = RE2JS.compile(pattern);
        } catch {
          return;
        }
        for (const candidate of texts) {
          if (literal === undefined || !re2.test(candidate)) continue;
          matches++;
          expect([pattern, candidate, candidate.includes(literal)]).toEqual([pattern, candidate, true]);
        }
      }),
      { numRuns: 4000 },
    );
    expect(matches).toBeGreaterThan(100);
  }, 30_000);
});
