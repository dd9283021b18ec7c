/** @module Pipes: made, and made larger. */
import { ptr } from "bun:ffi";
import { openLibc } from "./libc.ts";
import { lastErrno, SystemCallError } from "./system-call.ts";

const F_SETFL = 4;
const F_SETPIPE_SZ = 1031;
const O_NONBLOCK = 0o4000;
const O_CLOEXEC = 0o2000000;

const libc = openLibc({
  fcntl: { args: ["i32", "i32", "i32"], returns: "i32" },
  pipe2: { args: ["ptr", "i32"], returns: "i32" },
});

/**
 * A pipe that no child inherits. Its reader never waits: `EAGAIN`; its writer does when the pipe is full.
 * @throws SystemCallError
 */
export function openPolledPipe(): [readEnd: number, writeEnd: number] {
  const ends = new Int32Array(2);
  if (libc.pipe2(ptr(ends), O_CLOEXEC) !== 0) throw new SystemCallError("pipe2", lastErrno());
  libc.fcntl(ends[0]!, F_SETFL, O_NONBLOCK);
  return [ends[0]!, ends[1]!];
}

/**
 * Gives a pipe room for so many bytes: its writer is woken less often. Without the right to that many
 * (/proc/sys/fs/pipe-max-size) it stays as it is.
 */
export function growPipe(fd: number, bytes: number): void {
  libc.fcntl(fd, F_SETPIPE_SZ, bytes);
}
