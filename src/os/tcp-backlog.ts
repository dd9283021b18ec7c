/** @module What a TCP socket has sent and the other side has not acknowledged. */
import { ptr } from "bun:ffi";
import { openLibc } from "./libc.ts";

/** asm-generic/ioctls.h: `TIOCOUTQ`. */
const SIOCOUTQ = 0x5411;

const libc = openLibc({ ioctl: { args: ["i32", "u64", "ptr"], returns: "i32" } });

/** Bytes in the send queue that the other side's kernel has not acknowledged (`SIOCOUTQ`, tcp(7)). */
export function unacknowledgedBytes(fd: number): number {
  const value = new Int32Array(1);
  libc.ioctl(fd, SIOCOUTQ, ptr(value));
  return value[0]!;
}
