/** @module Bounds what the patterns of a stranger take: compiling is neither interrupted nor cheap. */

/** What all patterns of one request may take. */
export interface PatternLimits {
  /** Characters of one pattern. */
  readonly length: number;
  /** Instructions of RE2, of all of them. */
  readonly size: number;
}

/** What is left of the limits; `undefined` where there are none. */
let left: { readonly length: number; size: number } | undefined;

/**
 * Calls `act`, in which patterns beyond the limits are refused as if RE2 did not take them.
 * @returns What it returned, and how many instructions its patterns have.
 */
export function withPatternLimits<T>(limits: PatternLimits, act: () => T): { value: T; size: number } {
  const mine = { ...limits };
  left = mine;
  try {
    const value = act();
    return { value, size: limits.size - mine.size };
  } finally {
    left = undefined;
  }
}

/** Why a pattern is not compiled; `undefined` where it may be. */
export function refusalOf(pattern: string): string | undefined {
  if (left === undefined) return undefined;
  if (pattern.length > left.length)
    return `pattern has ${pattern.length} characters, may have ${left.length}`;
  return left.size < 0 ? "the patterns are too large together" : undefined;
}

/** Notes a pattern that was compiled. @returns Why it is not taken; `undefined` where it is. */
export function noteCompiled(size: () => number): string | undefined {
  if (left === undefined) return undefined;
  left.size -= size();
  return left.size < 0 ? "the patterns are too large together" : undefined;
}
