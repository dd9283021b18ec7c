/** @module connect(2) of a UDP socket: the kernel keeps the route, which it otherwise looks up for each datagram. */
import { ptr } from "bun:ffi";
import { openLibc } from "./libc.ts";
import { AF_INET } from "./socket-address.ts";

const LARGEST_ADDRESS = 28;

const libc = openLibc({
  bind: { args: ["i32", "ptr", "u32"], returns: "i32" },
  connect: { args: ["i32", "ptr", "u32"], returns: "i32" },
  getsockname: { args: ["i32", "ptr", "ptr"], returns: "i32" },
});

/**
 * Connects the socket. Its source address is the one that the route gives now.
 * @param receiver As `encodeSocketAddress` makes it.
 * @returns Whether the kernel agreed.
 */
export function connectPeer(fd: number, receiver: Uint8Array): boolean {
  return libc.connect(fd, ptr(receiver), receiver.length) === 0;
}

/**
 * Undoes it. A socket whose port the kernel chose would lose it (`__udp_disconnect()` in net/ipv4/udp.c): it is bound to the
 * same one again, or to another where somebody took it meanwhile.
 */
export function disconnectPeer(fd: number): void {
  const own = new Uint8Array(LARGEST_ADDRESS);
  const length = new Uint32Array([own.length]);
  libc.getsockname(fd, ptr(own), ptr(length));
  // AF_UNSPEC
  libc.connect(fd, ptr(new Uint8Array(LARGEST_ADDRESS)), LARGEST_ADDRESS);
  // Any address: at 4 in struct sockaddr_in, at 8 in sockaddr_in6. The port is before.
  const isIpv4 = new Uint16Array(own.buffer)[0] === AF_INET;
  own.fill(0, isIpv4 ? 4 : 8);
  // It is refused where the port was kept.
  if (libc.bind(fd, ptr(own), length[0]!) !== 0) {
    own.fill(0, 2, 4);
    libc.bind(fd, ptr(own), length[0]!);
  }
}
