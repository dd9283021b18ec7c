/** @module fcntl(2)'s leases: a file that nobody writes, as long as it takes to read it. */
import { constants } from "node:os";
import { openLibc } from "./libc.ts";
import { lastErrno } from "./system-call.ts";

/** asm-generic/fcntl.h, linux/fcntl.h. */
const F_SETSIG = 10;
const F_SETLEASE = 1024;
const F_RDLCK = 0;
const F_UNLCK = 2;

const libc = openLibc({ fcntl: { args: ["i32", "i32", "i32"], returns: "i32" } });

/**
 * Does some work while nobody can open a file for writing: whoever tries waits until it is done. On file systems without
 * leases, and for files of other users, the work is done all the same.
 * @param fd Open for reading only.
 * @returns `undefined`, without the work, where somebody has the file open for writing.
 */
export function whileUnwritten<T>(fd: number, work: () => T): T | undefined {
  // Who wants to write has a signal sent to the holder, which by default ends it; this one is ignored by default.
  const canHold = libc.fcntl(fd, F_SETSIG, constants.signals.SIGURG) === 0;
  const isHeld = canHold && libc.fcntl(fd, F_SETLEASE, F_RDLCK) === 0;
  if (!isHeld && canHold && lastErrno() === constants.errno.EAGAIN) return undefined;
  try {
    return work();
  } finally {
    if (isHeld) libc.fcntl(fd, F_SETLEASE, F_UNLCK);
  }
}
