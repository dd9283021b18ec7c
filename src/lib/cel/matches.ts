/** @module `matches()`: regular expressions in CEL are RE2 too. */
import { compilePattern, type Pattern, PatternSyntaxError } from "../re2/index.ts";
import type { Expression } from "./ast.ts";
import { noMatch } from "./compile-call.ts";
import { CelCompileError, CelEvaluationError } from "./error.ts";
import type { Compiled } from "./frame.ts";
import { noSuchOverload } from "./operators.ts";
import { BOOL, isAssignable, STRING } from "./type.ts";

/** Patterns that were not known at start. */
const MAX_CACHED = 64;
const cache = new Map<string, Pattern>();

/**
 * Compiles `text.matches(pattern)`; `operands` are the compiled text and pattern, `patternNode` is the latter.
 * A pattern that is written in the expression is compiled now.
 * @throws CelCompileError
 */
export function compileMatches(
  patternNode: Expression,
  [text, pattern]: readonly Compiled[],
  offset: number,
): Compiled {
  if (text === undefined || pattern === undefined)
    throw new TypeError("Cannot compile matches: needs two operands");
  if (!isAssignable(text.type, STRING) || !isAssignable(pattern.type, STRING)) {
    throw noMatch("matches", [text, pattern], offset);
  }
  const constant = constantPattern(patternNode);
  return {
    type: BOOL,
    evaluate: (frame) => {
      const value = text.evaluate(frame);
      if (typeof value !== "string") return noSuchOverload();
      return (constant ?? cachedPattern(pattern.evaluate(frame))).test(value);
    },
  };
}

function constantPattern(node: Expression): Pattern | undefined {
  if (node.kind !== "literal" || node.literal.type !== "string") return undefined;
  try {
    return compilePattern(node.literal.value);
  } catch (error) {
    if (!(error instanceof PatternSyntaxError)) throw error;
    throw new CelCompileError(`${error.message} in the pattern, needs RE2 syntax`, node.offset);
  }
}

/** Patterns that are made of an event's fields are compiled when they are seen. */
function cachedPattern(source: unknown): Pattern {
  if (typeof source !== "string") return noSuchOverload();
  const known = cache.get(source);
  if (known !== undefined) return known;
  if (source.length > MAX_DYNAMIC_LENGTH) throw new CelEvaluationError("pattern is too long");
  try {
    const pattern = compilePattern(source);
    if (cache.size === MAX_CACHED) cache.clear();
    cache.set(source, pattern);
    return pattern;
  } catch (error) {
    if (!(error instanceof PatternSyntaxError)) throw error;
    throw new CelEvaluationError("pattern is not RE2");
  }
}

/** UTF-16 units of a pattern that comes from an event: compiling it must not take long. */
const MAX_DYNAMIC_LENGTH = 1000;
