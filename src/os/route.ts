/** @module The way that datagrams to an address take out of this host. */
import { ptr } from "bun:ffi";
import { openLibc } from "./libc.ts";
import { attribute, attributesOf, type RouteSocket } from "./netlink.ts";
import { type AddressFamily, AF_INET } from "./socket-address.ts";

/** linux/rtnetlink.h */
const RTM_GETROUTE = 26;
const RTM_GETQDISC = 38;
const RTA_DST = 1;
const RTA_OIF = 4;
const TCA_KIND = 1;
/** Sizes of `struct rtmsg` and `struct tcmsg`, and where the latter has its interface. */
const RTMSG_BYTES = 12;
const RTMSG_TYPE = 7;
const TCMSG_BYTES = 20;
const TCMSG_INTERFACE = 4;
/** To one host, and to this host: not broadcast, not multicast, not a route that refuses. */
const RTN_UNICAST = 1;
const RTN_LOCAL = 2;
/** linux/in.h, linux/in6.h */
const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000;
const IP_MTU = [0, 14] as const;
const IPV6_MTU = [41, 24] as const;

/** linux/udp.h */
const SOL_UDP = 17;
const UDP_SEGMENT = 103;

const libc = openLibc({
  socket: { args: ["i32", "i32", "i32"], returns: "i32" },
  connect: { args: ["i32", "ptr", "u32"], returns: "i32" },
  setsockopt: { args: ["i32", "i32", "i32", "ptr", "u32"], returns: "i32" },
  getsockopt: { args: ["i32", "i32", "i32", "ptr", "ptr"], returns: "i32" },
  close: { args: ["i32"], returns: "i32" },
});

/**
 * Whether the kernel cuts a message into datagrams where the message asks for it (`UDP_SEGMENT`, udp(7)). One that knows
 * nothing of it, such as Linux before 4.18, would send the message as one datagram.
 */
export function cutsMessages(family: AddressFamily): boolean {
  const fd = libc.socket(family, SOCK_DGRAM_CLOEXEC, 0);
  if (fd < 0) return false;
  const asked = new Int32Array([512]);
  const kept = new Int32Array(1);
  const isKept =
    libc.setsockopt(fd, SOL_UDP, UDP_SEGMENT, ptr(asked), 4) === 0 &&
    libc.getsockopt(fd, SOL_UDP, UDP_SEGMENT, ptr(kept), ptr(new Uint32Array([4]))) === 0 &&
    kept[0] === asked[0];
  libc.close(fd);
  return isKept;
}

/** A way to one host. */
export interface Route {
  /** Bytes of an IP packet that it is known to take whole. */
  readonly mtu: number;
  /** Queueing disciplines of the interface that datagrams leave by, as tc(8) names them. */
  readonly disciplines: ReadonlySet<string>;
}

/**
 * Asks the kernel for the way to `receiver`.
 * @param receiver As `encodeSocketAddress` makes it.
 * @returns `undefined` where there is none, where it leads to many hosts, or where the kernel does not say.
 */
export function findRoute(
  socket: RouteSocket,
  receiver: Uint8Array,
  family: AddressFamily,
): Route | undefined {
  const interfaceIndex = findInterface(socket, receiver, family);
  const mtu = findMtu(receiver, family);
  if (interfaceIndex === undefined || mtu === undefined) return undefined;
  const disciplines = findDisciplines(socket, interfaceIndex);
  return disciplines && { mtu, disciplines };
}

function findInterface(socket: RouteSocket, receiver: Uint8Array, family: AddressFamily): number | undefined {
  // struct sockaddr_in and sockaddr_in6: the address at 4 and at 8, the scope at 24.
  const address = family === AF_INET ? receiver.subarray(4, 8) : receiver.subarray(8, 24);
  const scope = family === AF_INET ? new Uint8Array(4) : receiver.subarray(24, 28);
  const request = new Uint8Array(RTMSG_BYTES);
  request[0] = family;
  request[1] = address.length * 8;
  const parts = [request, attribute(RTA_DST, address)];
  if (scope.some((byte) => byte !== 0)) parts.push(attribute(RTA_OIF, scope));
  const [answer] = socket.ask(RTM_GETROUTE, Buffer.concat(parts)) ?? [];
  if (answer === undefined) return undefined;
  const type = answer.body.getUint8(RTMSG_TYPE);
  if (type !== RTN_UNICAST && type !== RTN_LOCAL) return undefined;
  return attributesOf(answer.body, RTMSG_BYTES).get(RTA_OIF)?.getUint32(0, true);
}

/** Of the path, as far as the kernel knows it: a connected socket has it. */
function findMtu(receiver: Uint8Array, family: AddressFamily): number | undefined {
  const fd = libc.socket(family, SOCK_DGRAM_CLOEXEC, 0);
  if (fd < 0) return undefined;
  const value = new Int32Array(1);
  const [level, option] = family === AF_INET ? IP_MTU : IPV6_MTU;
  const isKnown =
    libc.connect(fd, ptr(receiver), receiver.length) === 0 &&
    libc.getsockopt(fd, level, option, ptr(value), ptr(new Uint32Array([4]))) === 0;
  libc.close(fd);
  return isKnown ? value[0] : undefined;
}

function findDisciplines(socket: RouteSocket, interfaceIndex: number): Set<string> | undefined {
  const answers = socket.ask(RTM_GETQDISC, new Uint8Array(TCMSG_BYTES), true);
  if (answers === undefined) return undefined;
  const names = new Set<string>();
  for (const { body } of answers) {
    if (body.getInt32(TCMSG_INTERFACE, true) !== interfaceIndex) continue;
    const kind = attributesOf(body, TCMSG_BYTES).get(TCA_KIND);
    if (kind !== undefined)
      names.add(Buffer.from(kind.buffer, kind.byteOffset, kind.byteLength - 1).toString());
  }
  return names;
}
