/** @module The characters that JSON is made of, and what looks at lines in JavaScript has in common. */

/** What functions give back that were to find a position and found none. */
export const UNSURE = -1;

/** Bytes after a line that may be read: two words that begin at its newline. */
export const SLACK = 7;

export const NEWLINE = 0x0a;
export const SPACE = 0x20;
export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const BACKSLASH = 0x5c;
export const OPEN_BRACKET = 0x5b;
export const CLOSE_BRACKET = 0x5d;
export const OPEN_BRACE = 0x7b;
export const CLOSE_BRACE = 0x7d;

/** A table with 1 for each of the characters. */
export function bytesOf(characters: string): Uint8Array {
  const table = new Uint8Array(256);
  for (let i = 0; i < characters.length; i++) table[characters.charCodeAt(i)] = 1;
  return table;
}

/** White space between tokens, but no newline. */
const WHITE = bytesOf(" \t\r");

/** The position of the next token. */
export function skipSpace(bytes: Uint8Array, at: number): number {
  let next = at;
  while (WHITE[bytes[next]!] === 1) next++;
  return next;
}

/** The four characters at `at` as the word that they are in memory. */
export function wordAt(text: string, at: number): number {
  return (
    text.charCodeAt(at) |
    (text.charCodeAt(at + 1) << 8) |
    (text.charCodeAt(at + 2) << 16) |
    (text.charCodeAt(at + 3) << 24)
  );
}
