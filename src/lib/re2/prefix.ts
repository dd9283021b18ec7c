/** @module The literal text that every match of a pattern begins with, if it is easy to see. */

/** Characters that stand for themselves anywhere outside of classes. */
const LITERAL_PREFIX = /^[A-Za-z0-9_\-/=:@%,;<>~'"#&! ]+/;
/** What could make the last literal character optional. */
const QUANTIFIER = /^[*?{]/;
/** A class, an escape, or any other character. A bracket right after the opening one is a literal. */
const ELEMENT = /\[\^?\]?(?:\\.|[^\]\\])*\]|\\.|./gsu;

/**
 * Text that is in every text with a match. RE2 need not be asked about others: searching for a literal is far
 * cheaper.
 */
export function literalPrefix(pattern: string): string | undefined {
  const [prefix = ""] = LITERAL_PREFIX.exec(pattern) ?? [];
  const isOptional = QUANTIFIER.test(pattern.slice(prefix.length));
  const literal = isOptional ? prefix.slice(0, -1) : prefix;
  return literal === "" || hasAlternatives(pattern) ? undefined : literal;
}

/** Whether there is a `|` outside of all groups, or what cannot be known. */
function hasAlternatives(pattern: string): boolean {
  // Quoted text and named classes would need a reader of their own.
  if (pattern.includes("\\Q") || pattern.includes("[:")) return true;
  let depth = 0;
  for (const [element] of pattern.matchAll(ELEMENT)) {
    if (element === "(") depth++;
    else if (element === ")") depth--;
    else if (element === "|" && depth === 0) return true;
  }
  return false;
}
