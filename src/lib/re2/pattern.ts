/**
 * @module Regular expressions of the filters: RE2's syntax and its promise of linear time.
 *
 * Go's `regexp` is RE2, and `re2js` is its port. Patterns of a plain subset run as JavaScript's own `RegExp`
 * where the text is short enough for that to be safe; before RE2 is asked, the text is searched for the literal
 * that the pattern begins with.
 */
import { RE2JS, RE2JSSyntaxException } from "re2js";
import { translatePlain } from "./plain.ts";
import { literalPrefix } from "./prefix.ts";

/** Tells whether a text contains a match, as Go's `MatchString`. */
export interface Pattern {
  test(text: string): boolean;
}

/** A pattern that RE2 does not take. */
export class PatternSyntaxError extends SyntaxError {
  /** Offset in the pattern, in UTF-16 units. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/**
 * Compiles `pattern` for tests.
 * @throws PatternSyntaxError
 */
export function compilePattern(pattern: string): Pattern {
  const re2 = compileRe2(pattern);
  const linear = searchPrefixFirst(pattern, re2);
  const plain = translatePlain(pattern);
  if (plain === undefined) return linear;
  const { regExp, maxLength } = plain;
  return { test: (text) => (text.length <= maxLength ? regExp.test(text) : linear.test(text)) };
}

function searchPrefixFirst(pattern: string, re2: RE2JS): Pattern {
  const prefix = literalPrefix(pattern);
  if (prefix === undefined) return re2;
  return { test: (text) => text.includes(prefix) && re2.test(text) };
}

/**
 * Compiles `pattern` for finding what its groups match.
 * @throws PatternSyntaxError
 */
export function compileRe2(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) throw error;
    throw new PatternSyntaxError(error.getDescription(), errorOffset(pattern, error));
  }
}

/** Where the part that RE2 complains of is; a missing bracket is missing at the end. */
function errorOffset(pattern: string, error: RE2JSSyntaxException): number {
  const part = error.getPattern();
  if (part === undefined || part === null || part === pattern) return pattern.length;
  return Math.max(0, pattern.indexOf(part));
}
