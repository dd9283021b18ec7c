/** @module Files that hold no text of lines: compressed in ways that the agent cannot undo, or in another encoding. */

/** How such files begin, as the magic(5) database has it. */
const MAGIC: readonly (readonly [what: string, begins: readonly number[]])[] = [
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

/** What a file that begins with `head` is, when it is not to be read as text; gzip is not among them. */
export function foreignFormat(head: Uint8Array): string | undefined {
  const known = MAGIC.find(([, begins]) => begins.every((byte, i) => head[i] === byte));
  if (known !== undefined) return known[0];
  const isSkippable = (head[0]! & 0xf0) === 0x50 && SKIPPABLE.every((byte, i) => head[i + 1] === byte);
  return isSkippable ? "zstd" : undefined;
}
