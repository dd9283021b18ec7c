/** @module Literal text that is in every match of a pattern, if it is easy to see. */

/** Characters that stand for themselves anywhere outside of classes. */
const LITERAL = /^[A-Za-z0-9_\-/=:@%,;<>~'"#&! ]$/;
/** Punctuation that is escaped stands for itself. */
const ESCAPED = /^\\[!-/:-@[-`{-~]$/;
/** A class, a repetition, an escape, or any other character. A bracket right after the opening one is a literal. */
const ELEMENT = /\[\^?\]?(?:\\.|[^\]\\])*\]|\{\d+(?:,\d*)?\}|\\.|./gsu;
/** Flags, quoted text, named classes and numbers of characters would need a reader of their own. */
const UNREADABLE = /\\[QxpP0-9]|\[:|\(\?(?!:|P?<)/;

/**
 * The longest text that is easily seen to be in every text with a match. RE2 need not be asked about others: searching for a
 * literal is far cheaper.
 */
export function requiredLiteral(pattern: string): string | undefined {
  if (UNREADABLE.test(pattern)) return undefined;
  let depth = 0;
  let run = "";
  let longest = "";
  const endRun = (text: string): void => {
    if (text.length > longest.length) longest = text;
    run = "";
  };
  for (const [element] of pattern.matchAll(ELEMENT)) {
    if (element === "(") depth++;
    else if (element === ")") depth--;
    if (depth > 0) {
      if (element === "(") endRun(run);
      continue;
    }
    if (element === "|") return undefined;
    if (LITERAL.test(element)) run += element;
    else if (ESCAPED.test(element)) run += element[1];
    // What may be repeated no times need not be there.
    else if (element === "*" || element === "?" || (element.length > 1 && element.startsWith("{")))
      endRun(run.slice(0, -1));
    else endRun(run);
  }
  endRun(run);
  return longest === "" ? undefined : longest;
}
