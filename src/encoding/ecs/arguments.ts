/**
 * @module The text of a process's arguments, taken apart. Tetragon joins arguments by spaces, and puts empty ones and those
 * with a space in them into double quotes, without a mark for quotes within: so a quote means something only where an
 * argument begins, and where one ends.
 */

/** White space as the published integration's pattern has it: that of ASCII. */
const SPACE = /[ \t\n\v\f\r]/;
const SPACES = /[ \t\n\v\f\r]+/;
const OTHER_SPACE = /[\t\n\v\f\r]/;
const QUOTE = '"';

/** The arguments, in order, without those that are empty. */
export function splitArguments(text: string): string[] {
  let quote = startOfQuoted(text, 0);
  if (quote < 0) return splitAtSpaces(text);
  const all: string[] = [];
  let at = 0;
  while (quote >= 0) {
    const end = endOfQuoted(text, quote + 1);
    if (end < 0) break;
    if (quote > at) all.push(...splitAtSpaces(text.slice(at, quote)));
    if (end > quote + 1) all.push(text.slice(quote + 1, end));
    at = end + 1;
    quote = startOfQuoted(text, at);
  }
  all.push(...splitAtSpaces(text.slice(at)));
  return all;
}

/** The next quote at which an argument begins. */
function startOfQuoted(text: string, from: number): number {
  let at = text.indexOf(QUOTE, from);
  while (at > from && !SPACE.test(text[at - 1]!)) at = text.indexOf(QUOTE, at + 1);
  return at;
}

/** The next quote at which an argument ends. */
function endOfQuoted(text: string, from: number): number {
  let at = text.indexOf(QUOTE, from);
  while (at >= 0 && at + 1 < text.length && !SPACE.test(text[at + 1]!)) at = text.indexOf(QUOTE, at + 1);
  return at;
}

/** The same, as the published integration has it: quotes mean nothing. */
export function splitAtSpaces(text: string): string[] {
  const all = OTHER_SPACE.test(text) ? text.split(SPACES) : text.split(" ");
  return all.includes("") ? all.filter((argument) => argument !== "") : all;
}
