/** @module Text of bytes that may be no UTF-8: names of files, arguments of programs. */

/** What text begins with belongs to it, also U+FEFF: names of files that differ in it are different names. */
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const REPLACEMENT = "\uFFFD";

/**
 * The text of some bytes; a run of bytes that are no UTF-8 becomes one U+FFFD.
 * Source: `strings.ToValidUTF8` of Go, which Tetragon makes texts with.
 */
export function decodeText(bytes: Uint8Array): string {
  const text = decoder.decode(bytes);
  return text.includes(REPLACEMENT) ? joinRuns(bytes) : text;
}

function joinRuns(bytes: Uint8Array): string {
  let text = "";
  let start = 0;
  let isInvalid = false;
  for (let at = 0; at < bytes.length; ) {
    const size = sizeOfCharacter(bytes, at);
    if (size === 0 && !isInvalid) text += decoder.decode(bytes.subarray(start, at)) + REPLACEMENT;
    if (size > 0 && isInvalid) start = at;
    isInvalid = size === 0;
    at += Math.max(size, 1);
  }
  return isInvalid ? text : text + decoder.decode(bytes.subarray(start));
}

/** The least and the most that the second byte may be behind a first one, where that is not 80 to BF. */
const SECOND: Readonly<Record<number, readonly [least: number, most: number]>> = {
  224: [0xa0, 0xbf],
  237: [0x80, 0x9f],
  240: [0x90, 0xbf],
  244: [0x80, 0x8f],
};

/** Bytes of the character at a place; 0 where there is none. Source: RFC 3629, section 4. */
function sizeOfCharacter(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!;
  if (first < 0x80) return 1;
  const size = first < 0xc2 || first > 0xf4 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (size === 0 || at + size > bytes.length) return 0;
  for (let i = 1; i < size; i++) {
    const [least, most] = (i === 1 ? SECOND[first] : undefined) ?? [0x80, 0xbf];
    const byte = bytes[at + i]!;
    if (byte < least || byte > most) return 0;
  }
  return size;
}
