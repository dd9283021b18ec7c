/** @module Tells whether a file is the one that was read before, whatever its name and inode are now. */

/** Bytes at the head of a file that its fingerprint covers at most. */
export const FINGERPRINT_BYTES = 1024;

/**
 * A fingerprint: 48 bits of the xxHash64 of the first `length` bytes of a file's text (decompressed), and in the
 * low 16 bits `length`, at most {@link FINGERPRINT_BYTES}. One 64-bit word, so that one store replaces it.
 */
export type Fingerprint = bigint;

/** The fingerprint of an empty file. */
export const EMPTY_FINGERPRINT: Fingerprint = 0n;

/** The fingerprint of a text that begins with `head`. */
export function fingerprintOf(head: Uint8Array): Fingerprint {
  const covered = head.subarray(0, FINGERPRINT_BYTES);
  if (covered.length === 0) return EMPTY_FINGERPRINT;
  return ((Bun.hash.xxHash64(covered) >> 16n) << 16n) | BigInt(covered.length);
}

/** How many bytes the fingerprint covers. */
export function coveredBytes(fingerprint: Fingerprint): number {
  return Number(fingerprint & 0xffffn);
}

/**
 * Whether a text that begins with `head` can be the one with that fingerprint: it may have grown, not changed.
 * @param head As much of the text's beginning as there is, up to {@link FINGERPRINT_BYTES}.
 */
export function matchesFingerprint(fingerprint: Fingerprint, head: Uint8Array): boolean {
  const length = coveredBytes(fingerprint);
  return length <= head.length && fingerprintOf(head.subarray(0, length)) === fingerprint;
}
