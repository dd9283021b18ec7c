/**
 * @module Tests of a text for a match.
 *
 * Patterns of a plain subset run as JavaScript's own `RegExp` where the text is short enough for that to be safe;
 * before RE2 is asked, the text is searched for a literal that is in every match.
 */
import type { RE2JS } from "re2js";
import { compileRe2 } from "./engine.ts";
import { literalPrefix, requiredLiteral } from "./literal.ts";
import { testOccurrences, testStickily } from "./occurrence.ts";
import { translatePlain } from "./plain.ts";

/** Tells whether a text contains a match, as Go's `MatchString`. */
export interface Pattern {
  test(text: string): boolean;
}

/**
 * Compiles `pattern` for tests.
 * @throws PatternSyntaxError
 */
export function compilePattern(pattern: string): Pattern {
  const re2 = compileRe2(pattern);
  const linear = searchLiteralFirst(pattern, re2);
  const plain = translatePlain(pattern);
  if (plain === undefined) return linear;
  const { source, maxLength, maxLengthOfTries } = plain;
  const regExp = new RegExp(source, "u");
  const prefix = literalPrefix(pattern);
  if (prefix === undefined)
    return { test: (text) => (text.length <= maxLength ? regExp.test(text) : linear.test(text)) };
  const sticky = new RegExp(source, "uy");
  return {
    test(text) {
      if (text.length <= maxLength) return regExp.test(text);
      return text.length <= maxLengthOfTries ? testStickily(sticky, re2, prefix, text) : linear.test(text);
    },
  };
}

function searchLiteralFirst(pattern: string, re2: RE2JS): Pattern {
  const prefix = literalPrefix(pattern);
  const literal = requiredLiteral(pattern);
  if (literal === undefined) return re2;
  if (prefix === undefined) return { test: (text) => text.includes(literal) && re2.test(text) };
  return { test: (text) => text.includes(literal) && testOccurrences(re2, prefix, text) };
}
