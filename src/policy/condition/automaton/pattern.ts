/** @module Patterns: bytes, and runs of any bytes but slashes. */

import type { OperandOf } from "../../policy.ts";

/** What a run does not go over: the byte between the names of a path. */
export const SLASH = 0x2f;

/** A byte, or a run of any number of bytes that are no slashes. */
export type PatternStep = number | "run";

/** What is searched for. */
export interface PatternSet {
  readonly patterns: readonly (readonly PatternStep[])[];
  /** Whether a pattern must begin where the text begins. */
  readonly isAtFront: boolean;
  /** Whether a pattern must end where the text ends. */
  readonly isAtBack: boolean;
  /** Whether letters of ASCII are alike in either case. Those of the patterns are lower then. */
  readonly ignoresCase: boolean;
}

/** A text to find, as a pattern. */
export function literalPattern(text: Uint8Array, ignoresCase: boolean): PatternStep[] {
  return [...text].map((byte) => (ignoresCase ? lowerCase(byte) : byte));
}

/** Paths with `*`, as patterns. */
export function globPatterns({ globs, opensAt }: Pick<OperandOf<"Glob">, "globs" | "opensAt">): PatternSet {
  return {
    patterns: globs.map(globPattern),
    isAtFront: opensAt !== "start",
    isAtBack: opensAt !== "end",
    ignoresCase: false,
  };
}

/** Whether a pattern is found without a byte: then it is found in every text. */
export function isFoundAnywhere({ patterns, isAtBack }: PatternSet): boolean {
  return !isAtBack && patterns.some((pattern) => pattern.every((step) => step === "run"));
}

/** A text in which each `*` is a run. */
function globPattern(glob: string): PatternStep[] {
  return glob
    .split("*")
    .flatMap((text, index): PatternStep[] => [
      ...(index === 0 ? [] : (["run"] as const)),
      ...new TextEncoder().encode(text),
    ]);
}

/** A letter of ASCII in lower case, any other byte as it is. */
export function lowerCase(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
}
