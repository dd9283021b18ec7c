/** @module Two sockets that are joined, for messages of whole bytes, and a descriptor that goes with one (unix(7)). */
import { ptr } from "bun:ffi";
import { openLibc } from "./libc.ts";
import { AF_UNIX } from "./socket-numbers.ts";
import { defineStruct, encodeStruct, withStruct } from "./struct-layout.ts";
import { lastErrno, SystemCallError } from "./system-call.ts";

const SOCK_STREAM = 1;
const SOCK_SEQPACKET = 5;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
const MSG_NOSIGNAL = 0x4000;
const MSG_CMSG_CLOEXEC = 0x40000000;

/** `struct iovec`, `struct msghdr` and, with one descriptor behind it, `struct cmsghdr` (linux/socket.h). */
const IOVEC = defineStruct({ base: [0, "pointer"], length: [8, "u64"] });
const MSGHDR = defineStruct({
  iov: [16, "pointer"],
  iovlen: [24, "u64"],
  control: [32, "pointer"],
  controllen: [40, "u64"],
  flags: [48, "u32"],
});
const CMSGHDR_LENGTH = 20n;
const CMSGHDR = defineStruct({
  length: [0, "u64"],
  level: [8, "u32"],
  type: [12, "u32"],
  descriptor: [16, "u32"],
});

const libc = openLibc({
  socketpair: { args: ["i32", "i32", "i32", "ptr"], returns: "i32" },
  sendmsg: { args: ["i32", "ptr", "i32"], returns: "i64" },
  recvmsg: { args: ["i32", "ptr", "i32"], returns: "i64" },
});

/**
 * Two sockets, each the other end of the other, which keep messages apart and are not inherited.
 * @throws SystemCallError
 */
export function openSocketPair(): [number, number] {
  return openPair(SOCK_SEQPACKET);
}

/**
 * The same for a stream of bytes both ways.
 * @throws SystemCallError
 */
export function openStreamPair(): [number, number] {
  return openPair(SOCK_STREAM);
}

function openPair(type: number): [number, number] {
  const ends = new Int32Array(2);
  if (libc.socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ptr(ends)) !== 0)
    throw new SystemCallError("socketpair", lastErrno());
  return [ends[0]!, ends[1]!];
}

/**
 * Sends one message.
 * @param descriptor One that goes with it; the sender keeps its own.
 * @throws SystemCallError `EPIPE` when nobody is at the other end.
 */
export function sendMessage(fd: number, message: Uint8Array, descriptor?: number): void {
  const iov = encodeStruct(IOVEC, { base: message, length: BigInt(message.length) });
  const control =
    descriptor === undefined
      ? undefined
      : encodeStruct(CMSGHDR, { length: CMSGHDR_LENGTH, level: SOL_SOCKET, type: SCM_RIGHTS, descriptor })
          .bytes;
  const header = { iov: iov.bytes, iovlen: 1n, control, controllen: BigInt(control?.length ?? 0) };
  withStruct(MSGHDR, header, (bytes) =>
    retrying("sendmsg", () => libc.sendmsg(fd, ptr(bytes), MSG_NOSIGNAL)),
  );
}

/**
 * Waits for one message, and the descriptor that goes with it.
 * @returns Its length, and the descriptor, which is the caller's.
 * @throws SystemCallError
 */
export function receiveDescriptor(
  fd: number,
  into: Uint8Array,
): { readonly length: number; readonly descriptor: number | undefined } {
  const iov = encodeStruct(IOVEC, { base: into, length: BigInt(into.length) });
  const control = new Uint8Array(CMSGHDR.size);
  // Room for one, and not for the second that its padding would take.
  const header = { iov: iov.bytes, iovlen: 1n, control, controllen: CMSGHDR_LENGTH };
  return withStruct(MSGHDR, header, (bytes) => {
    const length = retrying("recvmsg", () => libc.recvmsg(fd, ptr(bytes), MSG_CMSG_CLOEXEC));
    const view = new DataView(control.buffer);
    const isRights =
      view.getBigUint64(0, true) === CMSGHDR_LENGTH &&
      view.getUint32(8, true) === SOL_SOCKET &&
      view.getUint32(12, true) === SCM_RIGHTS;
    return { length, descriptor: isRights ? view.getInt32(16, true) : undefined };
  });
}

/** Once more where a signal came between, such as those that garbage collectors send. */
function retrying(name: string, call: () => number | bigint): number {
  for (;;) {
    const result = Number(call());
    if (result >= 0) return result;
    const error = new SystemCallError(name, lastErrno());
    if (error.errnoName !== "EINTR") throw error;
  }
}
