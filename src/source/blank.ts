/** @module Lines with nothing in them, and what may stand before a line without being part of it. */

const NEWLINE = 0x0a;
const SPACE = 0x20;
const TAB = 0x09;
const RETURN = 0x0d;

/** Whether `bytes[start, end)` is nothing but white space. */
export function isBlank(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    if (byte !== SPACE && byte !== TAB && byte !== RETURN && byte !== NEWLINE) return false;
  }
  return true;
}

const DELETE = 0x7f;

/**
 * Where the text of a line begins: after the NUL bytes that a power loss leaves, byte order marks, record separators
 * (RFC 7464), other control characters and white space.
 * @returns `end` when there is nothing else.
 */
export function skipFiller(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  for (;;) {
    while (at < end && (bytes[at]! <= SPACE || bytes[at] === DELETE)) at++;
    if (at + 2 >= end || bytes[at] !== 0xef || bytes[at + 1] !== 0xbb || bytes[at + 2] !== 0xbf) return at;
    at += 3;
  }
}
