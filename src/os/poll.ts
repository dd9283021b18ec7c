/** @module `poll(2)`: waits until descriptors can be read; tells whether anybody is at their other end. */
import { ptr } from "bun:ffi";
import { openLibc } from "./libc.ts";
import { lastErrno, SystemCallError } from "./system-call.ts";

const POLLIN = 1;
const POLLERR = 8;
const POLLHUP = 16;
/** Bytes of `struct pollfd`. */
const POLLFD_SIZE = 8;

const libc = openLibc({ poll: { args: ["ptr", "u64", "i32"], returns: "i32" } });

/**
 * Waits until one of the descriptors can be read, or has failed, and says which. It blocks the thread that calls it.
 * @param timeout Milliseconds; 0 asks and does not wait, infinity waits for ever.
 * @returns Those that are ready, none after the time-out.
 * @throws SystemCallError
 */
export function pollReadable(descriptors: readonly number[], timeout: number): number[] {
  const bytes = new Uint8Array(Math.max(descriptors.length, 1) * POLLFD_SIZE);
  const view = new DataView(bytes.buffer);
  for (const [index, fd] of descriptors.entries()) {
    view.setInt32(index * POLLFD_SIZE, fd, true);
    view.setInt16(index * POLLFD_SIZE + 4, POLLIN, true);
  }
  const deadline = performance.now() + timeout;
  for (;;) {
    const left = Number.isFinite(timeout) ? Math.max(0, Math.ceil(deadline - performance.now())) : -1;
    if (libc.poll(ptr(bytes), descriptors.length, left) >= 0) break;
    // A signal, such as those that garbage collectors send.
    const error = new SystemCallError("poll", lastErrno());
    if (error.errnoName !== "EINTR") throw error;
  }
  return descriptors.filter((_, index) => view.getInt16(index * POLLFD_SIZE + 6, true) !== 0);
}

/** Whether nobody is at the other end any more of a pipe, a socket or a terminal. Never waits. */
export function hasHungUp(fd: number): boolean {
  const pollfd = new DataView(new ArrayBuffer(POLLFD_SIZE));
  pollfd.setInt32(0, fd, true);
  if (libc.poll(ptr(pollfd), 1, 0) !== 1) return false;
  return (pollfd.getInt16(6, true) & (POLLERR | POLLHUP)) !== 0;
}
