/** @module Options of a UDP socket that Bun's socket has no setter for. */
import { ptr } from "bun:ffi";
import { openLibc } from "./libc.ts";
import { type AddressFamily, AF_INET } from "./socket-address.ts";

const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_BROADCAST = 6;
const SO_SNDBUF = 7;
const SO_RCVBUF = 8;
const SO_ATTACH_FILTER = 26;
const SO_DETACH_FILTER = 27;
const SO_SNDBUFFORCE = 32;
const SO_RCVBUFFORCE = 33;
const SO_MEMINFO = 55;
const SK_MEMINFO_DROPS = 8;
const SK_MEMINFO_VARS = 9;
const IPPROTO_IP = 0;
const IP_MTU_DISCOVER = 10;
const IP_RECVERR = 11;
const IPPROTO_IPV6 = 41;
const IPV6_MTU_DISCOVER = 23;
const IPV6_MTU = 24;
const IPV6_RECVERR = 25;
const IPV6_DONTFRAG = 62;
/** The same for IPv4 and IPv6 (linux/in.h, linux/in6.h). */
const PMTUDISC_DONT = 0;
const PMTUDISC_DO = 2;
/** linux/ipv6.h */
export const IPV6_MIN_MTU = 1280;

const libc = openLibc({
  setsockopt: { args: ["i32", "i32", "i32", "ptr", "u32"], returns: "i32" },
  getsockopt: { args: ["i32", "i32", "i32", "ptr", "ptr"], returns: "i32" },
});

function setOption(fd: number, level: number, option: number, value: number): boolean {
  return libc.setsockopt(fd, level, option, ptr(new Int32Array([value])), 4) === 0;
}

function getOption(fd: number, level: number, option: number): number {
  const value = new Int32Array(1);
  libc.getsockopt(fd, level, option, ptr(value), ptr(new Uint32Array([4])));
  return value[0]!;
}

/** What the kernel made of a buffer size. */
export interface BufferSize {
  /** Bytes asked for. */
  readonly requested: number;
  /** Bytes that payload and bookkeeping may take now: the kernel doubles what it is given (socket(7)). */
  readonly effective: number;
  /** Whether `net.core.wmem_max` or `rmem_max` kept it below what was asked for. */
  readonly clamped: boolean;
}

function setBuffer(fd: number, option: number, forceOption: number, bytes: number): BufferSize {
  setOption(fd, SOL_SOCKET, option, bytes);
  let effective = getOption(fd, SOL_SOCKET, option);
  if (effective < bytes * 2 && setOption(fd, SOL_SOCKET, forceOption, bytes)) {
    effective = getOption(fd, SOL_SOCKET, option);
  }
  return { requested: bytes, effective, clamped: effective < bytes * 2 };
}

/** Sets `SO_SNDBUF` and reads it back; above `net.core.wmem_max` only with `CAP_NET_ADMIN`. */
export function setSendBuffer(fd: number, bytes: number): BufferSize {
  return setBuffer(fd, SO_SNDBUF, SO_SNDBUFFORCE, bytes);
}

/** Sets `SO_RCVBUF` and reads it back; above `net.core.rmem_max` only with `CAP_NET_ADMIN`. */
export function setReceiveBuffer(fd: number, bytes: number): BufferSize {
  return setBuffer(fd, SO_RCVBUF, SO_RCVBUFFORCE, bytes);
}

/** Whether another socket may be bound to the same port. @returns Whether the kernel agreed. */
export function setReuseAddress(fd: number, isOn: boolean): boolean {
  return setOption(fd, SOL_SOCKET, SO_REUSEADDR, Number(isOn));
}

/** Lets the socket send to broadcast addresses. @returns Whether the kernel agreed. */
export function allowBroadcast(fd: number): boolean {
  return setOption(fd, SOL_SOCKET, SO_BROADCAST, 1);
}

/**
 * Whether errors of this host and of the network reach the socket (`IP_RECVERR`, ip(7)). Off, the kernel hides that a
 * queue of this host dropped a datagram (`ENOBUFS`); on, an ICMP error makes a later send fail in its place: see
 * `icmp-shield.ts`.
 * @returns Whether the kernel agreed.
 */
export function reportErrors(fd: number, family: AddressFamily, isOn: boolean): boolean {
  return family === AF_INET
    ? setOption(fd, IPPROTO_IP, IP_RECVERR, Number(isOn))
    : setOption(fd, IPPROTO_IPV6, IPV6_RECVERR, Number(isOn));
}

/**
 * Who may fragment datagrams. On: nobody (DF is set), and one that is larger than the path is known to take fails with
 * `EMSGSIZE`. Off: this host and, for IPv4, every router.
 * @returns Whether the kernel agreed.
 */
export function setDontFragment(fd: number, family: AddressFamily, isOn: boolean): boolean {
  const discovery = isOn ? PMTUDISC_DO : PMTUDISC_DONT;
  if (family === AF_INET) return setOption(fd, IPPROTO_IP, IP_MTU_DISCOVER, discovery);
  return (
    setOption(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, discovery) &&
    setOption(fd, IPPROTO_IPV6, IPV6_DONTFRAG, Number(isOn))
  );
}

/**
 * Has this host cut IPv6 datagrams that it must cut into fragments that every IPv6 link takes, since no router cuts them
 * further (RFC 8200, section 5). One that its own link takes leaves whole all the same (`ip6_finish_output()`).
 * @returns Whether the kernel agreed.
 */
export function useMinimumMtu(fd: number): boolean {
  return setOption(fd, IPPROTO_IPV6, IPV6_MTU, IPV6_MIN_MTU);
}

/**
 * Datagrams that the kernel has dropped because the socket's receive buffer was full, or by {@link dropIncoming} (`SO_MEMINFO`,
 * linux/sock_diag.h).
 */
export function droppedDatagrams(fd: number): number {
  const values = new Uint32Array(SK_MEMINFO_VARS);
  libc.getsockopt(fd, SOL_SOCKET, SO_MEMINFO, ptr(values), ptr(new Uint32Array([values.byteLength])));
  return values[SK_MEMINFO_DROPS]!;
}

/**
 * Has the kernel drop all that arrives on a socket, which only sends or has enough for now, by a classic BPF program of one
 * instruction, `BPF_RET | BPF_K` 0 (linux/filter.h): nobody can fill its receive buffer or wake the agent.
 * @returns Whether the kernel agreed.
 */
export function dropIncoming(fd: number): boolean {
  const instruction = new Uint8Array([0x06, 0, 0, 0, 0, 0, 0, 0]);
  // struct sock_fprog: u16 count, padding, pointer.
  const program = new BigUint64Array([1n, BigInt(ptr(instruction))]);
  return libc.setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, ptr(program), 16) === 0;
}

/** Takes back {@link dropIncoming}. @returns Whether the kernel agreed. */
export function takeIncoming(fd: number): boolean {
  return setOption(fd, SOL_SOCKET, SO_DETACH_FILTER, 0);
}
