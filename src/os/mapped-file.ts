/** @module Memory that is a file: stores outlive the process, also one that is killed. */
import { type Pointer, ptr } from "bun:ffi";
import * as fs from "node:fs";
import { openLibc } from "./libc.ts";
import { PROT } from "./mapping.ts";
import { guardMapping, unguardMapping } from "./mapping-guard.ts";
import { lastErrno, SystemCallError } from "./system-call.ts";

/** MAP_SHARED | MAP_FIXED (asm-generic/mman-common.h). */
const MAP_SHARED_FIXED = 1 | 0x10;

const libc = openLibc({ mmap: { args: ["ptr", "u64", "i32", "i32", "i32", "i64"], returns: "i64" } });

/**
 * Maps a whole regular file into memory, shared: a store is in the page cache, and so in the file for everybody
 * who reads it, the moment it is done. SIGKILL takes nothing back; only a power failure or a kernel crash can.
 *
 * The mapping belongs to the array: it ends when the array is no longer referenced, so that a late store through
 * a view that somebody kept cannot fault. When somebody cuts the file short, all of it becomes zeros in memory that is
 * no file any more, until {@link remapFile}. To be followed by {@link releaseFile}.
 * @param fd Open for reading and writing; it may be closed after.
 * @throws The system's error when the file is empty or its file system cannot map.
 */
export function mapFile(fd: number): Uint8Array<ArrayBuffer> {
  const memory = Bun.mmap(`/proc/self/fd/${fd}`, { shared: true });
  guardMapping(memory);
  return memory;
}

/** Says that nobody minds any more what becomes of the file behind a mapping of {@link mapFile}. */
export function releaseFile(memory: Uint8Array): void {
  unguardMapping(memory);
}

/**
 * Maps a file, which is as long again, to where it was.
 * @param memory From {@link mapFile}.
 * @throws SystemCallError
 */
export function remapFile(fd: number, memory: Uint8Array): void {
  const address = ptr(memory) as Pointer;
  const other = openAnew(fd);
  try {
    const mapped = libc.mmap(address, memory.byteLength, PROT.READ | PROT.WRITE, MAP_SHARED_FIXED, other, 0);
    if (Number(mapped) !== Number(address)) throw new SystemCallError("mmap", lastErrno());
  } finally {
    if (other !== fd) fs.closeSync(other);
  }
}

/** A mapping keeps open what it was made from, and with it a lock: so it is made from another descriptor, where there can be one. */
function openAnew(fd: number): number {
  try {
    return fs.openSync(`/proc/self/fd/${fd}`, "r+");
  } catch {
    // The file is of the user that the agent was.
    return fd;
  }
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
