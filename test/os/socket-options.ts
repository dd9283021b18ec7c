/** @module Socket options of which the agent has no use. */
import { dlopen, ptr } from "bun:ffi";

const SOL_SOCKET = 1;
const SO_NO_CHECK = 11;
const SOL_UDP = 17;
const UDP_GRO = 104;

const libc = dlopen("libc.so.6", {
  setsockopt: { args: ["i32", "i32", "i32", "ptr", "u32"], returns: "i32" },
}).symbols;

/** Has datagrams leave without a checksum (`SO_NO_CHECK`): the kernel refuses to cut a message into such. */
export function omitChecksums(fd: number): boolean {
  return libc.setsockopt(fd, SOL_SOCKET, SO_NO_CHECK, ptr(new Int32Array([1])), 4) === 0;
}

/** Has the kernel hand over datagrams of one length that came together as one (`UDP_GRO`, udp(7)). */
export function receiveTogether(fd: number): boolean {
  return libc.setsockopt(fd, SOL_UDP, UDP_GRO, ptr(new Int32Array([1])), 4) === 0;
}
