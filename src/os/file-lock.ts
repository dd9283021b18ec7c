/** @module flock(2): one agent at a time owns a file. */
import { type Pointer, read } from "bun:ffi";
import { TetradError } from "./error.ts";
import { openLibc } from "./libc.ts";
import { SystemCallError } from "./system-call.ts";

/** LOCK_EX | LOCK_NB (asm-generic/fcntl.h). */
const EXCLUSIVE_NOW = 2 | 4;
/** EWOULDBLOCK (asm-generic/errno-base.h): somebody else holds the lock. */
const EWOULDBLOCK = 11;

const libc = openLibc({
  flock: { args: ["i32", "i32"], returns: "i32" },
  __errno_location: { args: [], returns: "ptr" },
});

/**
 * Takes the exclusive lock of an open file, without waiting. The lock ends when the descriptor is closed or the
 * process dies, however it dies.
 * @returns Whether the lock is ours now; `false` when another process holds it.
 * @throws TetradError `unsupported` when the file system has no locks.
 */
export function tryLock(fd: number): boolean {
  if (libc.flock(fd, EXCLUSIVE_NOW) === 0) return true;
  const errno = read.i32(libc.__errno_location() as Pointer, 0);
  if (errno === EWOULDBLOCK) return false;
  throw new TetradError(
    "unsupported",
    `Cannot lock the file: ${new SystemCallError("flock", errno).message}`,
  );
}
