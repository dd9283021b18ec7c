/**
 * @module The text of a process's arguments, taken apart. Tetragon joins arguments by spaces, and puts empty ones and those
 * with a space in them into double quotes, without a mark for quotes within: so a quote means something only where an
 * argument begins, and where one ends.
 */

/** White space as the published integration's pattern has it: that of ASCII. */
const QUOTED_OR_PLAIN = /"(?<quoted>.*?)"(?=[ \t\n\v\f\r]|$)|[^ \t\n\v\f\r]+/gs;
const SPACES = /[ \t\n\v\f\r]+/;

/** The arguments, in order, without those that are empty. */
export function splitArguments(text: string): string[] {
  if (!text.includes('"')) return splitAtSpaces(text);
  const all: string[] = [];
  for (const { 0: plain, groups } of text.matchAll(QUOTED_OR_PLAIN)) {
    const argument = groups!.quoted ?? plain;
    if (argument !== "") all.push(argument);
  }
  return all;
}

/** The same, as the published integration has it: quotes mean nothing. */
export function splitAtSpaces(text: string): string[] {
  return text.split(SPACES).filter((argument) => argument !== "");
}
