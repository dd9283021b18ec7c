/** @module Bounds what the patterns of a stranger take: compiling is neither interrupted nor cheap. */

/** What all patterns of one request may take. */
export interface PatternLimits {
  /** Characters of one pattern. */
  readonly length: number;
  /** Instructions of RE2, of all of them. */
  readonly size: number;
}

/** Patterns are beyond the limits: nothing more of them is read. */
export class PatternLimitError extends Error {
  override readonly name = "PatternLimitError";
}

/** What is left of the limits; `undefined` where there are none. */
let left: { readonly length: number; size: number } | undefined;

/**
 * Calls `act`, in which patterns have limits.
 * @throws PatternLimitError beyond them, and whatever `act` throws.
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

/** Takes a pattern before it is compiled. @throws PatternLimitError */
export function checkLength(pattern: string): void {
  if (left !== undefined && pattern.length > left.length)
    throw new PatternLimitError(
      `a regular expression has ${pattern.length} characters, may have ${left.length}`,
    );
}

/** Takes a pattern that was compiled. @throws PatternLimitError */
export function noteCompiled(size: () => number): void {
  if (left === undefined) return;
  left.size -= size();
  if (left.size < 0) throw new PatternLimitError("the regular expressions are too large together");
}
