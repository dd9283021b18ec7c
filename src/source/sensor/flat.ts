/** @module Strings that are kept for long. */

/**
 * The same text, in one piece. JavaScriptCore keeps a string that was put together as a tree of its parts until
 * somebody looks at a character, and copies nothing up to then; kept for long, the tree is several times the text.
 */
export function flat(text: string): string {
  text.charCodeAt(0);
  return text;
}
