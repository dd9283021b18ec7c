/** @module Memory that is a file: stores outlive the process, also one that is killed. */
import * as fs from "node:fs";

/**
 * Maps a whole regular file into memory, shared: a store is in the page cache, and so in the file for everybody
 * who reads it, the moment it is done. SIGKILL takes nothing back; only a power failure or a kernel crash can.
 *
 * The mapping belongs to the array: it ends when the array is no longer referenced, so that a late store through
 * a view that somebody kept cannot fault. The file must not shrink meanwhile: a store beyond its end is SIGBUS.
 * @param fd Open for reading and writing; it may be closed after.
 * @throws The system's error when the file is empty or its file system cannot map.
 */
export function mapFile(fd: number): Uint8Array<ArrayBuffer> {
  return Bun.mmap(`/proc/self/fd/${fd}`, { shared: true });
}

/**
 * Fills a file with zeros up to `length` and waits until they are on the disk: each block has its place then, so
 * that a later store to the mapping cannot meet a full disk, which would be SIGBUS.
 * @throws The system's error, such as `ENOSPC`.
 */
export function reserveFile(fd: number, length: number): void {
  fs.ftruncateSync(fd, 0);
  growFile(fd, length);
}

/** Fills a file with zeros from its end up to `length`, as {@link reserveFile}. */
export function growFile(fd: number, length: number): void {
  const { size } = fs.fstatSync(fd);
  const zeros = new Uint8Array(Math.max(0, length - size));
  for (let done = 0; done < zeros.length; )
    done += fs.writeSync(fd, zeros, done, zeros.length - done, size + done);
  fs.fsyncSync(fd);
}
