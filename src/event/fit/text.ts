/** @module Strings as they are in JSON: what they cost, and their beginnings. */

/** A string that costs no more than this is never shortened: most of it would be the marker. Bytes. */
export const MIN_TEXT_BYTES = 40;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Characters of base64 that stand for whole bytes. */
const BASE64_UNIT = 4;

/** The control characters that JSON.stringify writes with two characters: `\b`, `\t`, `\n`, `\f`, `\r`. */
const SHORT_ESCAPES: ReadonlySet<number> = new Set([0x08, 0x09, 0x0a, 0x0c, 0x0d]);

/** Whether a surrogate pair begins at `at`. */
function isPairAt(text: string, at: number): boolean {
  return (text.charCodeAt(at) & 0xfc00) === 0xd800 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00;
}

/** Bytes of the code unit at `at`, which begins no pair, as JSON.stringify writes it, in UTF-8. */
function unitBytes(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  if (unit < 0x20) return SHORT_ESCAPES.has(unit) ? 2 : 6;
  if (unit < 0x80) return unit === QUOTE || unit === BACKSLASH ? 2 : 1;
  if (unit < 0x800) return 2;
  return (unit & 0xf800) === 0xd800 ? 6 : 3;
}

/** Bytes of `text` as JSON.stringify writes it, in UTF-8, without the quotes around it. */
export function jsonBytes(text: string): number {
  let bytes = 0;
  for (let at = 0; at < text.length; at++) {
    if (isPairAt(text, at)) {
      bytes += 4;
      at++;
    } else bytes += unitBytes(text, at);
  }
  return bytes;
}

/** How many code units of `text` cost at most `maxBytes`; no pair is cut. */
function prefixLength(text: string, maxBytes: number): number {
  let bytes = 0;
  let at = 0;
  while (at < text.length) {
    const isPair = isPairAt(text, at);
    bytes += isPair ? 4 : unitBytes(text, at);
    if (bytes > maxBytes) return at;
    at += isPair ? 2 : 1;
  }
  return at;
}

/**
 * The beginning of `text` and how much is missing: `aaa…[truncated 1234 bytes]`, UTF-8 bytes of the string itself.
 * @param maxBytes What the result may cost in JSON, at least {@link MIN_TEXT_BYTES}.
 */
export function shortenText(text: string, maxBytes: number): string {
  const bytes = Buffer.byteLength(text);
  const kept = text.slice(0, prefixLength(text, maxBytes - jsonBytes(marker(bytes))));
  return kept + marker(bytes - Buffer.byteLength(kept));
}

function marker(bytes: number): string {
  return `…[truncated ${bytes} bytes]`;
}

/** The beginning of base64 text: whole bytes, no marker, so that it stays base64. */
export function shortenBase64(text: string, maxBytes: number): string {
  const length = prefixLength(text, maxBytes);
  return text.slice(0, length - (length % BASE64_UNIT));
}
