/** @module Literal text that is in every match of a pattern, if it is easy to see. */

/** Characters that stand for themselves anywhere outside of classes. */
const LITERAL = /^[A-Za-z0-9_\-/=:@%,;<>~'"#&! ]$/;
/** Punctuation that is escaped stands for itself. */
const ESCAPED = /^\\[!-/:-@[-`{-~]$/;
/** A class, a repetition, an escape, or any other character. A bracket right after the opening one is a literal. */
const ELEMENT = /\[\^?\]?(?:\\.|[^\]\\])*\]|\{\d+(?:,\d*)?\}|\\.|./gsu;
/** After which a character may be there no times. */
const REPETITION = /^(?:[*?]|\{.+)$/;
/** Flags, quoted text, named classes and numbers of characters would need a reader of their own. */
const UNREADABLE = /\\[QxpP0-9]|\[:|\(\?(?!:|P?<)/;

/** Texts that are in a pattern. */
interface Literals {
  /** In every text with a match; empty if none is easy to see. */
  readonly longest: string;
  /** What every match begins with. */
  readonly prefix: string;
}

const NONE: Literals = { longest: "", prefix: "" };

/**
 * The longest text that is easily seen to be in every text with a match. RE2 need not be asked about others: searching for a
 * literal is far cheaper.
 */
export function requiredLiteral(pattern: string): string | undefined {
  return literalsOf(pattern).longest || undefined;
}

/** The text that every match begins with, if it is easy to see: RE2 need not look for a match anywhere else. */
export function literalPrefix(pattern: string): string | undefined {
  return literalsOf(pattern).prefix || undefined;
}

function literalsOf(pattern: string): Literals {
  if (UNREADABLE.test(pattern)) return NONE;
  const runs: string[] = [];
  let depth = 0;
  let run = "";
  const endRun = (text: string): void => {
    runs.push(text);
    run = "";
  };
  for (const [element] of pattern.matchAll(ELEMENT)) {
    if (element === "(") depth++;
    else if (element === ")") depth--;
    if (depth > 0) {
      if (element === "(") endRun(run);
      continue;
    }
    if (element === "|") return NONE;
    if (LITERAL.test(element)) run += element;
    else if (ESCAPED.test(element)) run += element[1];
    // What may be repeated no times need not be there.
    else endRun(REPETITION.test(element) ? run.slice(0, -1) : run);
  }
  endRun(run);
  return { longest: runs.reduce((a, b) => (b.length > a.length ? b : a)), prefix: runs[0]! };
}
