import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { RE2JS } from "re2js";
import { compilePattern, PatternSyntaxError } from "../../../src/lib/re2/index.ts";
import { translatePlain } from "../../../src/lib/re2/plain.ts";

/** Atoms and quantifiers of the plain subset and around it. */
const atom = fc.constantFrom(
  ..."abksA1/-_ é😀ſ".match(/./gu)!,
  ..."\\. \\d \\D \\w \\W \\s \\S . [a-c] [^a] [\\d_-] [^\\s] [s-ſ] [a-] \\t \\- \\$".split(" "),
);
const quantifier = fc.constantFrom(
  "",
  "",
  "",
  "*",
  "+",
  "?",
  "{2}",
  "{1,3}",
  "{2,}",
  "{0}",
  "*?",
  "+?",
  "??",
);
const { pattern: patterns } = fc.letrec<{ pattern: string; item: string; group: string }>((tie) => ({
  group: fc
    .tuple(fc.constantFrom("(", "(?:"), tie("pattern"), fc.constantFrom("", "?"))
    .map(([open, inner, optional]) => `${open}${inner})${optional}`),
  item: fc.oneof(
    { depthSize: "small" },
    fc.tuple(atom, quantifier).map(([text, suffix]) => text + suffix),
    fc.constantFrom("^", "$", "\\b"),
    tie("group"),
  ),
  pattern: fc
    .array(fc.array(tie("item"), { maxLength: 4 }), { minLength: 1, maxLength: 3 })
    .map((alternatives) => alternatives.map((items) => items.join("")).join("|")),
}));
const flags = fc.constantFrom("", "", "", "(?i)");
const text = fc.string({
  unit: fc.constantFrom(..."abcksKSA1/.-_ \n\t\v\r\u2028é😀ſ\u212a".match(/./gsu)!),
  maxLength: 10,
});

describe("translatePlain()", () => {
  test("finds a match exactly where RE2 does", () => {
    let plain = 0;
    fc.assert(
      fc.property(flags, patterns, fc.array(text, { minLength: 3, maxLength: 8 }), (flag, body, samples) => {
        const pattern = flag + body;
        const translated = translatePlain(pattern);
        if (translated === undefined) return;
        plain++;
        const regExp = new RegExp(translated.source, "u");
        const re2 = RE2JS.compile(pattern);
        for (const sample of samples) {
          expect([pattern, sample, regExp.test(sample)]).toEqual([pattern, sample, re2.test(sample)]);
        }
      }),
      { numRuns: 3000 },
    );
    expect(plain).toBeGreaterThan(500);
  });

  test.each([
    "^/usr/bin/",
    "kubectl",
    "(?i)curl|wget",
    "\\.sh$",
    "(?:/bin/|/usr/bin/)(?:sh|bash|dash|zsh)$",
    "[a-z]+\\d{2,4}",
    "--password[ =]",
    "^$",
    "",
    "--since=2h --label=\\S+ (-[vXoc]\\S*)",
    "--password(?:\\s+|=)(\\S*)",
    "(\\w+):(\\w+)@",
  ])("takes %p", (pattern) => {
    expect(translatePlain(pattern)).toBeDefined();
  });

  test.each([
    "(a*)*b",
    "(a|aa)+$",
    "(x+x+)+y",
    "a*a*a*a*b",
    "(.*)(.*)(.*)x",
    "(?:a?){30}a{30}",
    `${"(a|a)".repeat(40)}b`,
    "[a-z]{100}[a-z]{0,100}[a-z]{0,100}",
    "\\pL",
    "[[:alpha:]]",
    "(?s).",
    "(?i)\\w",
    "(?P<name>x)",
    "a{1000}",
    "x**",
    "a+[a-z]b+[b-z]c+d",
    "(?:x*y?)*$",
    "(\\s*)(?:b?$)a*a*$",
  ])("leaves %p to RE2", (pattern) => {
    expect(translatePlain(pattern)).toBeUndefined();
  });

  test("bounds the steps that a backtracking engine may take", () => {
    // One repetition: every place it begins times every place it ends.
    const { maxLength } = translatePlain("[a-z]+\\d")!;
    expect(maxLength).toBeLessThan(1000);
    expect(translatePlain("kubectl")!.maxLength).toBeGreaterThan(100_000);
  });
});

describe("compilePattern()", () => {
  test("matches exactly where RE2 does, also outside of the plain subset", () => {
    const beyond = fc.constantFrom(
      "\\pL",
      "[[:alpha:]]",
      "(?s:.)",
      "(?i:k)",
      "\\B",
      "x{2}",
      "[|]",
      "\\|",
      "a*b*",
      "(?:a|b)*",
    );
    const mixed = fc
      .array(fc.oneof(atom, beyond, fc.constantFrom("k", "ab", "|", "(a|b)", "-")), { maxLength: 5 })
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(
        fc.oneof(patterns, mixed),
        fc.array(text, { minLength: 3, maxLength: 6 }),
        (pattern, samples) => {
          const re2 = RE2JS.compile(pattern);
          const compiled = compilePattern(pattern);
          for (const sample of [...samples, "kab", "ab", "k"]) {
            expect([pattern, sample, compiled.test(sample)]).toEqual([pattern, sample, re2.test(sample)]);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  test("has the same result on both sides of the length that divides the engines", () => {
    const pattern = "a+b";
    const { maxLength } = translatePlain(pattern)!;
    for (const length of [maxLength - 1, maxLength, maxLength + 1, maxLength + 2]) {
      expect(compilePattern(pattern).test(`${"a".repeat(length - 1)}b`)).toBe(true);
      expect(compilePattern(pattern).test("a".repeat(length))).toBe(false);
    }
  });

  test("is linear where a backtracking engine would never end", () => {
    for (const pattern of ["(a*)*b", "(x+x+)+y", "(a|aa)+$", "a*a*a*a*a*b", "([a-z]+)*@", "(.*?,){20}x"]) {
      expect(compilePattern(pattern).test(`${"a".repeat(50_000)}${"x".repeat(50_000)}!`)).toBe(false);
    }
  });

  test("matches anywhere, as Go's MatchString", () => {
    expect(compilePattern("b").test("abc")).toBe(true);
    expect(compilePattern("^b").test("abc")).toBe(false);
    // Without (?m), ^ and $ are the ends of the text.
    expect(compilePattern("^b$").test("a\nb\nc")).toBe(false);
    expect(compilePattern("a.c").test("a\nc")).toBe(false);
  });

  test.each([
    ["a(b", "missing closing )", 3],
    ["x[a", "missing closing ]", 1],
    ["ab**", "invalid nested repetition operator", 2],
    ["a(?=b)", "invalid or unsupported Perl syntax", 1],
    ["a\\8", "invalid escape sequence", 1],
    ["[z-a]", "invalid character class range", 1],
    ["a{1001}", "invalid repeat count", 1],
    ["*a", "missing argument to repetition operator", 0],
  ])("refuses %p and says where", (pattern, message, offset) => {
    try {
      compilePattern(pattern);
      throw new Error("accepted");
    } catch (error) {
      expect(error).toBeInstanceOf(PatternSyntaxError);
      expect((error as PatternSyntaxError).message).toBe(message);
      expect((error as PatternSyntaxError).offset).toBe(offset);
    }
  });

  test("refuses patterns that are nested too deeply", () => {
    expect(() => compilePattern("(".repeat(2000) + ")".repeat(2000))).toThrow("expression nests too deeply");
  });
});
