/** @module Sends one datagram to a Unix socket, which Bun has no API for: how systemd is notified (sd_notify(3)). */
import { ptr } from "bun:ffi";
import { openLibc } from "./libc.ts";

const AF_UNIX = 1;
/** SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK (linux/net.h, asm-generic/fcntl.h). */
const SOCKET_TYPE = 2 | 0o2000000 | 0o4000;
const MSG_NOSIGNAL = 0x4000;
/** `sun_path` (linux/un.h). */
const MAX_PATH = 108;

const libc = openLibc({
  socket: { args: ["i32", "i32", "i32"], returns: "i32" },
  sendto: { args: ["i32", "ptr", "u64", "i32", "ptr", "u32"], returns: "i64" },
  close: { args: ["i32"], returns: "i32" },
});

/**
 * Sends `text` to the datagram socket at `path`; `@` in front stands for the NUL of an abstract address.
 * @returns Whether the kernel took it: not when nobody listens, or the path is none.
 */
export function sendToUnixSocket(path: string, text: string): boolean {
  const address = encodeUnixAddress(path);
  if (address === undefined) return false;
  const fd = libc.socket(AF_UNIX, SOCKET_TYPE, 0);
  if (fd < 0) return false;
  const bytes = new TextEncoder().encode(text);
  const sent = libc.sendto(fd, ptr(bytes), bytes.length, MSG_NOSIGNAL, ptr(address), address.length);
  libc.close(fd);
  return Number(sent) === bytes.length;
}

/** `struct sockaddr_un`, as long as its path; `undefined` for what is neither a path nor an abstract address. */
function encodeUnixAddress(path: string): Uint8Array | undefined {
  const name = new TextEncoder().encode(path);
  const isAbstract = path.startsWith("@");
  if (!(isAbstract || path.startsWith("/")) || name.length < 2 || name.length >= MAX_PATH) return undefined;
  // A path ends with a NUL; every byte of an abstract address counts.
  const address = new Uint8Array(2 + name.length + (isAbstract ? 0 : 1));
  address[0] = AF_UNIX;
  address.set(name, 2);
  if (isAbstract) address[2] = 0;
  return address;
}
