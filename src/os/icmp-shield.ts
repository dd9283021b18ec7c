/**
 * @module Keeps ICMP errors away from a UDP socket that reports errors of this host.
 *
 * `IP_RECVERR` means both, and an ICMP error (a closed port) makes the next send fail in its place. The kernel hands such
 * an error to the socket that matches the datagram best: a second one on the same port, connected to the receiver, gets
 * them all (net/ipv4/udp.c, `__udp4_lib_err()` and `compute_score()`). It is never used for anything else.
 */
import { ptr } from "bun:ffi";
import { openLibc } from "./libc.ts";
import type { AddressFamily } from "./socket-address.ts";
import { allowBroadcast, dropIncoming, setReuseAddress } from "./udp-socket.ts";

const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000;
const LARGEST_ADDRESS = 28;

const libc = openLibc({
  socket: { args: ["i32", "i32", "i32"], returns: "i32" },
  bind: { args: ["i32", "ptr", "u32"], returns: "i32" },
  connect: { args: ["i32", "ptr", "u32"], returns: "i32" },
  getsockname: { args: ["i32", "ptr", "ptr"], returns: "i32" },
  close: { args: ["i32"], returns: "i32" },
});

/** The second socket. */
export class IcmpShield implements Disposable {
  readonly #fd: number;

  private constructor(fd: number) {
    this.#fd = fd;
  }

  /**
   * Puts a shield before the socket `fd`, which is bound and not connected.
   * @param receiver Where that one sends, as `encodeSocketAddress` makes it.
   * @returns `undefined` where the kernel refuses, such as without a route.
   */
  static open(fd: number, family: AddressFamily, receiver: Uint8Array): IcmpShield | undefined {
    const own = new Uint8Array(LARGEST_ADDRESS);
    const length = new Uint32Array([own.length]);
    if (libc.getsockname(fd, ptr(own), ptr(length)) !== 0) return undefined;
    const second = libc.socket(family, SOCK_DGRAM_CLOEXEC, 0);
    if (second < 0) return undefined;
    // Only while the second one is bound: nobody else may share the port.
    const isOpen =
      setReuseAddress(fd, true) &&
      setReuseAddress(second, true) &&
      dropIncoming(second) &&
      allowBroadcast(second) &&
      libc.bind(second, ptr(own), length[0]!) === 0 &&
      setReuseAddress(second, false) &&
      libc.connect(second, ptr(receiver), receiver.length) === 0;
    setReuseAddress(fd, false);
    if (isOpen) return new IcmpShield(second);
    libc.close(second);
    return undefined;
  }

  [Symbol.dispose](): void {
    libc.close(this.#fd);
  }
}
