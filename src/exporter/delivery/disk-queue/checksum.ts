/** @module The CRC-32 of a header, in its last four bytes. */

/** Bytes of each header and slot in the files of a queue. */
export const HEADER_BYTES = 64;
const CRC_OFFSET = HEADER_BYTES - 4;

/** Writes the CRC of the header that `bytes` begins with. */
export function seal(bytes: Buffer): void {
  bytes.writeUInt32LE(Bun.hash.crc32(bytes.subarray(0, CRC_OFFSET)), CRC_OFFSET);
}

/** Whether a header begins at `at` that is as it was written. */
export function isSealed(bytes: Buffer, at = 0): boolean {
  if (bytes.length < at + HEADER_BYTES) return false;
  return bytes.readUInt32LE(at + CRC_OFFSET) === Bun.hash.crc32(bytes.subarray(at, at + CRC_OFFSET));
}
