/** @module What a socket has sent and not got rid of. */
import { ptr } from "bun:ffi";
import { openLibc } from "./libc.ts";

/** asm-generic/ioctls.h: `TIOCOUTQ`. */
const SIOCOUTQ = 0x5411;

const libc = openLibc({ ioctl: { args: ["i32", "u64", "ptr"], returns: "i32" } });

/**
 * Bytes in the send queue (`SIOCOUTQ`). Of UDP those in queues of this host, bookkeeping included (udp(7)); of TCP those that the other
 * side's kernel has not acknowledged (tcp(7)).
 */
export function queuedBytes(fd: number): number {
  const value = new Int32Array(1);
  libc.ioctl(fd, SIOCOUTQ, ptr(value));
  return value[0]!;
}
