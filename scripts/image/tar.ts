/** @module Writes tar archives (POSIX.1-1988 ustar) that are the same bytes each time: order, times and owners are given. */

/** What goes into an archive: a directory (no content) or a regular file. */
export interface TarEntry {
  /** Path in the archive, without a leading slash; at most 100 bytes. Directories end in a slash. */
  readonly path: string;
  readonly mode: number;
  readonly content?: Uint8Array;
}

const BLOCK = 512;

/**
 * The archive of `entries` in the order given, owned by root, all with one time.
 * @param mtime Seconds since 1970.
 * @throws RangeError when a path is too long for ustar's name field.
 */
export function writeTar(entries: readonly TarEntry[], mtime: number): Uint8Array {
  const sizes = entries.map((entry) => BLOCK + alignToBlock(entry.content?.length ?? 0));
  // Two empty blocks end an archive.
  const archive = new Uint8Array(sizes.reduce((sum, size) => sum + size, 0) + 2 * BLOCK);
  let offset = 0;
  for (const [i, entry] of entries.entries()) {
    writeHeader(archive.subarray(offset, offset + BLOCK), entry, mtime);
    if (entry.content !== undefined) archive.set(entry.content, offset + BLOCK);
    offset += sizes[i]!;
  }
  return archive;
}

function alignToBlock(size: number): number {
  return Math.ceil(size / BLOCK) * BLOCK;
}

function writeHeader(header: Uint8Array, entry: TarEntry, mtime: number): void {
  const path = new TextEncoder().encode(entry.path);
  if (path.length > 100)
    throw new RangeError(`Cannot archive "${entry.path}": ${path.length} bytes, at most 100`);
  const text = (at: number, value: string): void =>
    void new TextEncoder().encodeInto(value, header.subarray(at));
  const octal = (at: number, digits: number, value: number): void =>
    text(at, value.toString(8).padStart(digits, "0"));
  header.set(path, 0);
  octal(100, 7, entry.mode);
  octal(108, 7, 0);
  octal(116, 7, 0);
  octal(124, 11, entry.content?.length ?? 0);
  octal(136, 11, mtime);
  text(156, entry.path.endsWith("/") ? "5" : "0");
  text(257, "ustar\0" + "00");
  // The checksum is taken with its own field full of spaces.
  text(148, "        ");
  octal(
    148,
    6,
    header.reduce((sum, byte) => sum + byte, 0),
  );
  header[154] = 0;
}
