/**
 * @module Listeners as the network program remembers them: by network namespace, port, family and local address,
 * so that each connection finds the one that accepted it.
 *
 * Those outside the scope are remembered as well, as nobody's: or their connections would be taken for those of a
 * listener inside that has the same port on all addresses. `pid` 0 says so, which no process has.
 */

import type { TypeSource } from "../../../../kernel/btf/index.ts";
import { countIn, type Pointer, type ProgramBuilder } from "../../../../kernel/program/index.ts";
import { AF_INET6 } from "../../../../os/socket-numbers.ts";
import { SENSOR_MAPS } from "../shared/maps.ts";
import { NETWORK_MAPS } from "./maps.ts";
import { listenerKey, listenerOwner } from "./owner.ts";

/** The third quarter of `::ffff:0:0/96`, as read from memory: IPv4 addresses on an IPv6 socket. */
const V4_MAPPED = 0xffff_0000n;

const { netns, port, family, address0, address1, address2, address3 } = listenerKey.fields;

/** Stack slots: the key of a listener, and a {@link listenerOwner}. */
export interface ListenerSlots {
  readonly key: number;
  readonly owner: number;
}

/** Whether the kernel was built with CONFIG_IPV6. */
export function hasIpv6(types: TypeSource): boolean {
  return types.has("sock", "__sk_common.skc_v6_rcv_saddr");
}

/** A socket, as the two structs that it is, and its network namespace. */
export interface SocketStructs {
  readonly sock: Pointer;
  readonly tcp: Pointer;
  readonly net: Pointer;
}

/** Writes the key of a listener that has the local address of a socket. */
export function writeListenerKey(b: ProgramBuilder, { sock, tcp, net }: SocketStructs, key: number): void {
  const { asm } = b;
  const put = (size: 2 | 4, place: { offset: number }, from: Pointer, path: string, name: string): void => {
    b.load("r1", from, path, name);
    asm.store(size, "r10", key + place.offset, "r1");
  };
  put(4, netns, net, "ns.inum", "net inum");
  // Not skc_num, which is 0 again when the socket is closed.
  put(2, port, tcp, "inet_conn.icsk_inet.inet_sport", "port");
  put(2, family, sock, "__sk_common.skc_family", "family");
  if (!hasIpv6(b.types)) {
    put(4, address3, sock, "__sk_common.skc_rcv_saddr", "local address");
    return;
  }
  const isIpv6 = asm.freshLabel("ipv6");
  const done = asm.freshLabel("addressed");
  // r1 = the family, which was put last.
  asm.jumpIf("r1", "==", AF_INET6, isIpv6);
  put(4, address3, sock, "__sk_common.skc_rcv_saddr", "local address");
  asm.jump(done).label(isIpv6);
  for (const [part, place] of [address0, address1, address2, address3].entries()) {
    put(4, place, sock, `__sk_common.skc_v6_rcv_saddr.in6_u.u6_addr32[${part}]`, "local IPv6 address");
  }
  asm.label(done);
}

/** Makes the key one that the verifier knows to be written, on every way. */
export function clearListenerKey(b: ProgramBuilder, key: number): void {
  for (let at = 0; at < listenerKey.headerSize; at += 8) b.asm.store(8, "r10", key + at, 0);
}

/**
 * `r0` = the owner of the listener on this address, else on all; ends the program where there is none or it is
 * outside the scope. The key is used up.
 */
export function findListener(b: ProgramBuilder, { key }: ListenerSlots): void {
  const { asm } = b;
  const found = asm.freshLabel("found");
  const everywhere = asm.freshLabel("everywhere");
  b.mapLookup(NETWORK_MAPS.listeners, key);
  asm.jumpIf("r0", "!=", 0, found);
  asm.note("IPv4 on an IPv6 socket?").load(8, "r1", "r10", key + address0.offset);
  asm.jumpIf("r1", "!=", 0, everywhere).load(4, "r1", "r10", key + address2.offset);
  asm.setWide("r2", V4_MAPPED).jumpIf("r1", "!=", "r2", everywhere);
  asm.store(4, "r10", key + address3.offset, 0);
  b.mapLookup(NETWORK_MAPS.listeners, key);
  asm.jumpIf("r0", "!=", 0, found).label(everywhere);
  asm.store(8, "r10", key + address0.offset, 0).store(8, "r10", key + address2.offset, 0);
  b.mapLookup(NETWORK_MAPS.listeners, key);
  b.leaveIf("r0", "==", 0);
  asm.label(found).note("outside the scope?").load(4, "r1", "r0", listenerOwner.fields.pid.offset);
  b.leaveIf("r1", "==", 0);
}

/** Remembers a listener as nobody's, until it is known to be in the scope. The slot of an owner is overwritten. */
export function rememberAsOutside(b: ProgramBuilder, sock: Pointer, slots: ListenerSlots): void {
  const { asm } = b;
  const put = asm.freshLabel("put");
  const kept = asm.freshLabel("kept");
  b.mapLookup(NETWORK_MAPS.listeners, slots.key);
  asm.jumpIf("r0", "==", 0, put).load(4, "r1", "r0", listenerOwner.fields.pid.offset);
  asm.jumpIf("r1", "==", 0, kept).label(put).note("nobody's");
  for (let at = 0; at < listenerOwner.headerSize; at += 8) asm.store(8, "r10", slots.owner + at, 0);
  writeSocket(b, sock, slots);
  putListener(b, slots);
  asm.label(kept);
}

/**
 * Remembers who owns a listener. Where one outside the scope shares its place (`SO_REUSEPORT`), that one stays:
 * which of the two accepts a connection is not known, and what is outside must not be reported.
 */
export function rememberListener(b: ProgramBuilder, sock: Pointer, slots: ListenerSlots): void {
  const { asm } = b;
  const put = asm.freshLabel("put");
  const kept = asm.freshLabel("kept");
  const { pid, socket } = listenerOwner.fields;
  b.mapLookup(NETWORK_MAPS.listeners, slots.key);
  asm.jumpIf("r0", "==", 0, put).load(4, "r1", "r0", pid.offset).jumpIf("r1", "!=", 0, put);
  b.loadSlot("r2", sock);
  asm.load(8, "r1", "r0", socket.offset).jumpIf("r1", "!=", "r2", kept).label(put);
  writeSocket(b, sock, slots);
  putListener(b, slots);
  asm.label(kept);
}

/** Forgets a listener that is closed, unless another one has taken its place. */
export function forgetListener(b: ProgramBuilder, sock: Pointer, slots: ListenerSlots): void {
  const { asm } = b;
  const kept = asm.freshLabel("kept");
  b.mapLookup(NETWORK_MAPS.listeners, slots.key);
  asm.jumpIf("r0", "==", 0, kept).load(8, "r1", "r0", listenerOwner.fields.socket.offset);
  b.loadSlot("r2", sock);
  asm.jumpIf("r1", "!=", "r2", kept);
  b.mapDelete(NETWORK_MAPS.listeners, slots.key);
  asm.label(kept);
}

/** Where there is no room, its connections are not reported: that is counted. */
function putListener(b: ProgramBuilder, slots: ListenerSlots): void {
  const put = b.asm.freshLabel("put");
  b.mapUpdate(NETWORK_MAPS.listeners, slots.key, slots.owner);
  b.asm.jumpIf("r0", "==", 0, put);
  countIn(b, SENSOR_MAPS.lost);
  b.asm.label(put);
}

function writeSocket(b: ProgramBuilder, sock: Pointer, { owner }: ListenerSlots): void {
  b.loadSlot("r1", sock);
  b.asm.store(8, "r10", owner + listenerOwner.fields.socket.offset, "r1");
}
