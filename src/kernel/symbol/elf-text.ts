/** @module Texts in tables of an ELF file: each ends with a 0, and begins where somebody else says. */

/** Bytes of a name that are read at most: of a table without ends of names each name would be as long as the table. */
const MAX_NAME = 1 << 14;

/** Up to the next 0. */
export function textAt(bytes: Uint8Array, at: number): string {
  const longest = bytes.subarray(at, at + MAX_NAME);
  const end = longest.indexOf(0);
  return Buffer.from(end < 0 ? longest : longest.subarray(0, end)).toString("latin1");
}

/** Whether it is a text, of which no more is read. */
export function isTextAt(bytes: Uint8Array, at: number, text: string): boolean {
  if (bytes[at + text.length] !== 0) return false;
  for (let index = 0; index < text.length; index++)
    if (bytes[at + index] !== text.charCodeAt(index)) return false;
  return true;
}

/** A view of them. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
