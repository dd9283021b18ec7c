/** @module What of a TCP connection has been read. */
import { ptr } from "bun:ffi";
import { openLibc } from "./libc.ts";

/** asm-generic/ioctls.h; linux/tcp.h, where `tcpi_bytes_received` has been since Linux 4.1. */
const [FIONREAD, IPPROTO_TCP, TCP_INFO] = [0x541b, 6, 11];
const [INFO_BYTES, RECEIVED] = [136, 128];

const libc = openLibc({
  getsockopt: { args: ["i32", "i32", "i32", "ptr", "ptr"], returns: "i32" },
  ioctl: { args: ["i32", "u64", "ptr"], returns: "i32" },
});

/** Bytes that this side has read of a TCP connection; `undefined` of what is none. */
export function takenBytes(fd: number): number | undefined {
  const info = new DataView(new ArrayBuffer(INFO_BYTES));
  const length = new Uint32Array([INFO_BYTES]);
  if (libc.getsockopt(fd, IPPROTO_TCP, TCP_INFO, ptr(info), ptr(length)) !== 0 || length[0]! < INFO_BYTES)
    return undefined;
  const waiting = new Int32Array(1);
  libc.ioctl(fd, FIONREAD, ptr(waiting));
  return Number(info.getBigUint64(RECEIVED, true)) - waiting[0]!;
}
