/** @module eBPF programs on a socket of this process. */
import { ptr } from "bun:ffi";
import { openLibc } from "./libc.ts";
import { lastErrno, SystemCallError } from "./system-call.ts";

const SOL_SOCKET = 1;
const SO_DETACH_FILTER = 27;
const SO_ATTACH_BPF = 50;

const libc = openLibc({
  setsockopt: { args: ["i32", "i32", "i32", "ptr", "u32"], returns: "i32" },
});

/**
 * Lets a program decide about what the socket receives. There is one at a time.
 * @throws SystemCallError
 */
export function attachSocketProgram(socketFd: number, programFd: number): void {
  setOption(socketFd, SO_ATTACH_BPF, programFd);
}

/**
 * Takes the program away.
 * @throws SystemCallError `ENOENT` when there is none.
 */
export function detachSocketProgram(socketFd: number): void {
  setOption(socketFd, SO_DETACH_FILTER, 0);
}

function setOption(fd: number, option: number, value: number): void {
  if (libc.setsockopt(fd, SOL_SOCKET, option, ptr(new Int32Array([value])), 4) !== 0)
    throw new SystemCallError("setsockopt", lastErrno());
}
