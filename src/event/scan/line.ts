/**
 * @module What all scanners have in common.
 *
 * A scanner takes the position of a value's first byte and answers the position after its last one, or
 * {@link UNSURE}. It need not know where the line ends: no scanner takes a newline for a part of a value, so none
 * passes the newline that ends the line. Each byte is looked at where it is passed, in order; words of four bytes
 * are read at positions up to the newline, which leaves {@link SLACK} bytes after it to be readable.
 */

/** Not certainly valid: `JSON.parse` and the schemas decide. */
export const UNSURE = -1;

/** Bytes after a line that may be read: two words that begin at its newline. */
export const SLACK = 7;

/** `view` shows the same as `bytes`: unaligned words are read fastest through it. */
export type Scanner = (bytes: Uint8Array, view: DataView, at: number) => number;

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
