/**
 * @module Matches of patterns that begin with a literal: they are tried where the literal stands, which is far cheaper than to
 * have RE2 look for them.
 */
import type { RE2JS } from "re2js";

/** Places where a match is tried in vain before RE2 searches the rest of the text, so that time stays linear. */
export const MAX_TRIES = 16;

/** Whether a match of `re2`, which begins with `prefix`, is in `text`. */
export function testOccurrences(re2: RE2JS, prefix: string, text: string): boolean {
  let at = text.indexOf(prefix);
  for (let tries = 0; at !== -1; tries++) {
    const rest = text.slice(at);
    if (tries === MAX_TRIES) return re2.test(rest);
    if (re2.matcher(rest).lookingAt()) return true;
    at = text.indexOf(prefix, at + 1);
  }
  return false;
}

/** The same, where a match is tried by `sticky`, a `RegExp` with the flag `y`. */
export function testStickily(sticky: RegExp, re2: RE2JS, prefix: string, text: string): boolean {
  let at = text.indexOf(prefix);
  for (let tries = 0; at !== -1; tries++) {
    if (tries === MAX_TRIES) return re2.test(text.slice(at));
    sticky.lastIndex = at;
    if (sticky.test(text)) return true;
    at = text.indexOf(prefix, at + 1);
  }
  return false;
}
