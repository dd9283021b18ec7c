/** @module The header of a gzip'd file, and of each further part of one (RFC 1952, section 2.3). */

/** No header is longer: an extra field has at most 64 KiB, and names have limits. */
export const MAX_HEADER_BYTES = 128 * 1024;
/** CRC-32 and length of the text, after the compressed data. */
export const TRAILER_BYTES = 8;

const FIXED_BYTES = 10;
const DEFLATE = 8;
const FHCRC = 0x02;
const FEXTRA = 0x04;
const FNAME = 0x08;
const FCOMMENT = 0x10;

/** Whether `bytes` begin as such a file does. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === DEFLATE;
}

/** Length of the header that `bytes` begin with, or -1 when they end before it does. */
export function headerLength(bytes: Uint8Array): number {
  if (bytes.length < FIXED_BYTES) return -1;
  const flags = bytes[3]!;
  let at = FIXED_BYTES;
  if ((flags & FEXTRA) !== 0) at += 2 + (bytes[at] ?? 0) + (bytes[at + 1] ?? 0) * 256;
  for (const flag of [FNAME, FCOMMENT]) {
    if ((flags & flag) === 0) continue;
    const end = bytes.indexOf(0, at);
    if (end === -1) return -1;
    at = end + 1;
  }
  if ((flags & FHCRC) !== 0) at += 2;
  return at <= bytes.length ? at : -1;
}
