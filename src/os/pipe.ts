/** @module Pipes that are made larger. */
import { openLibc } from "./libc.ts";

const F_SETPIPE_SZ = 1031;

const libc = openLibc({ fcntl: { args: ["i32", "i32", "i32"], returns: "i32" } });

/**
 * Gives a pipe room for so many bytes: its writer is woken less often. Without the right to that many
 * (/proc/sys/fs/pipe-max-size) it stays as it is.
 */
export function growPipe(fd: number, bytes: number): void {
  libc.fcntl(fd, F_SETPIPE_SZ, bytes);
}
