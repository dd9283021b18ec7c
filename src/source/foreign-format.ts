/** @module What holds no text of lines: compressed, in another encoding, or no text at all. */

import { isUtf8 } from "node:buffer";

/** Bytes of the beginning that are looked at. */
export const HEAD_BYTES = 1024;
/** With fewer bytes nobody can tell. */
const LEAST_BYTES = 64;
/** One byte in so many: of what is compressed or encrypted it is one in ten to fifty, of text none. */
const CONTROL_SHARE = 128;

/** How such files begin, as the magic(5) database has it. */
const MAGIC: readonly (readonly [what: string, begins: readonly number[]])[] = [
  ["gzip", [0x1f, 0x8b, 0x08]],
  ["zstd", [0x28, 0xb5, 0x2f, 0xfd]],
  ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ["bzip2", [0x42, 0x5a, 0x68]],
  ["lz4", [0x04, 0x22, 0x4d, 0x18]],
  ["lz4", [0x02, 0x21, 0x4c, 0x18]],
  ["compress", [0x1f, 0x9d]],
  ["lzip", [0x4c, 0x5a, 0x49, 0x50]],
  ["lzop", [0x89, 0x4c, 0x5a, 0x4f]],
  ["lzma", [0x5d, 0x00, 0x00]],
  ["snappy", [0xff, 0x06, 0x00, 0x00, 0x73, 0x4e, 0x61, 0x50]],
  ["zip", [0x50, 0x4b, 0x03, 0x04]],
  ["7z", [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]],
  ["UTF-16", [0xff, 0xfe]],
  ["UTF-16", [0xfe, 0xff]],
];
/** A frame that zstd and lz4 decoders skip: 0x184D2A50 to 0x184D2A5F, little-endian. */
const SKIPPABLE = [0x2a, 0x4d, 0x18] as const;

/** What begins with `head` is, when it is not to be read as text. */
export function foreignFormat(head: Uint8Array): string | undefined {
  const known = MAGIC.find(([, begins]) => begins.every((byte, i) => head[i] === byte));
  if (known !== undefined) return known[0];
  const isSkippable = (head[0]! & 0xf0) === 0x50 && SKIPPABLE.every((byte, i) => head[i + 1] === byte);
  if (isSkippable) return "zstd";
  return isBinary(head) ? "binary data" : undefined;
}

/** Brotli and encryption have no sign of their own. Damaged text is text as long as an object begins somewhere. */
function isBinary(head: Uint8Array): boolean {
  if (head.length < LEAST_BYTES || hasObject(head) || isUtf8(head)) return false;
  const controls = head.reduce((count, byte) => count + Number(isControl(byte)), 0);
  return controls * CONTROL_SHARE >= head.length;
}

function hasObject(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes('{"');
}

/** NUL bytes are what a power loss leaves, the others what stands between lines or records of text. */
function isControl(byte: number): boolean {
  return byte < 0x20 && byte !== 0 && byte !== 0x1e && (byte < 0x09 || byte > 0x0d);
}
