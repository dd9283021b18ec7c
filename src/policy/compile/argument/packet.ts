/** @module Packets: `struct sk_buff`. */

import type { JsonObject } from "../../../lib/json/object.ts";
import { AF_INET, AF_INET6 } from "../../../os/socket-numbers.ts";
import { addressFields, addressText, familyName, protocolName } from "./network-text.ts";
import { defineReader, type ReadTarget } from "./reader.ts";

/** Ports are in host order. `cookie`: the address of the socket that it is of, as those of sockets have it; 0 for none. */
const FIELDS = {
  cookie: "u64",
  hash: "u32",
  len: "u32",
  priority: "u32",
  mark: "u32",
  ...addressFields("saddr"),
  ...addressFields("daddr"),
  family: "u16",
  sport: "u16",
  dport: "u16",
  proto: "u8",
} as const;
type PacketTarget = ReadTarget<typeof FIELDS>;

/** Bytes of an IPv6 header, which is longer than one of IPv4 without options, and where its parts are. */
const IP_HEADER = 40;
const IPV4 = { protocol: 9, saddr: 12, daddr: 16 } as const;
const IPV6 = { protocol: 6, saddr: 8, daddr: 24 } as const;
/** `(u16)~0`: the header was not set. */
const NO_HEADER = 0xffff;
const PORTS_SIZE = 4;

function readPacket(target: PacketTarget): void {
  const { builder: b } = target;
  const { asm } = b;
  const skb = target.pointer("sk_buff");
  target.copy("cookie", skb, "sk");
  for (const name of ["hash", "len", "priority", "mark"] as const) target.copy(name, skb, name);
  for (const name of ["saddr", "daddr"] as const)
    for (const part of [0, 1, 2, 3] as const) target.store(`${name}_${part}`, 0);
  for (const name of ["family", "sport", "dport", "proto"] as const) target.store(name, 0);
  const head = b.follow(skb, "head", "head");
  const network = b.scalar(skb, "network_header", "network header");
  const header = asm.slot("ip header", IP_HEADER);
  const [isIpv4, isIpv6, ports, done] = ["ipv4", "ipv6", "ports", "packet"].map((stem) =>
    asm.freshLabel(stem),
  ) as [string, string, string, string];
  asm.note("ip header").load(8, "r3", "r10", head.slot).load(8, "r1", "r10", network.slot);
  asm.alu("r3", "+=", "r1").set("r1", "r10").alu("r1", "+=", header).set("r2", IP_HEADER);
  asm.call("probe_read_kernel").jumpIf("r0", "!=", 0, done);
  asm.load(1, "r1", "r10", header).alu("r1", ">>=", 4);
  asm.jumpIf("r1", "==", 4, isIpv4).jumpIf("r1", "==", 6, isIpv6).jump(done).label(isIpv4);
  copyHeader(target, header, AF_INET, IPV4, 4);
  asm.load(1, "r1", "r10", header).alu("r1", "&=", 0xf).alu("r1", "<<=", 2);
  asm.jump(ports).label(isIpv6);
  copyHeader(target, header, AF_INET6, IPV6, 16);
  asm.set("r1", IP_HEADER).label(ports);
  readPorts(target, { skb, head: head.slot, network: network.slot, header }, done);
  asm.label(done);
}

/** Addresses and protocol of a header on the stack. */
function copyHeader(
  target: PacketTarget,
  header: number,
  family: number,
  places: { readonly protocol: number; readonly saddr: number; readonly daddr: number },
  size: 4 | 16,
): void {
  const { asm } = target.builder;
  target.store("family", family);
  asm.load(1, "r1", "r10", header + places.protocol);
  target.store("proto", "r1");
  for (const name of ["saddr", "daddr"] as const) {
    for (let part = 0; part < size / 4; part++) {
      asm.load(4, "r1", "r10", header + places[name] + part * 4);
      target.store(`${name}_${part as 0 | 1 | 2 | 3}`, "r1");
    }
  }
}

/** Source and destination port, `r1` bytes behind the network header where the packet does not say where they are. */
function readPorts(
  target: PacketTarget,
  at: {
    readonly skb: Parameters<PacketTarget["copy"]>[1];
    readonly head: number;
    readonly network: number;
    readonly header: number;
  },
  done: string,
): void {
  const { builder: b } = target;
  const { asm } = b;
  const [known, own] = [asm.freshLabel("transport"), asm.slot("transport header")];
  asm.load(8, "r2", "r10", at.network).alu("r1", "+=", "r2").store(8, "r10", own, "r1");
  const transport = b.scalar(at.skb, "transport_header", "its transport header");
  asm.load(8, "r1", "r10", transport.slot).load(8, "r2", "r10", at.network);
  asm.jumpIf("r1", "==", NO_HEADER, known).jumpIf("r1", "<=", "r2", known);
  asm.store(8, "r10", own, "r1").label(known);
  asm.note("ports").load(8, "r3", "r10", at.head).load(8, "r1", "r10", own).alu("r3", "+=", "r1");
  asm.set("r1", "r10").alu("r1", "+=", at.header).set("r2", PORTS_SIZE).call("probe_read_kernel");
  asm.jumpIf("r0", "!=", 0, done);
  for (const [index, name] of (["sport", "dport"] as const).entries()) {
    asm.load(2, "r1", "r10", at.header + index * 2).toBigEndian(2, "r1");
    target.store(name, "r1");
  }
}

/** `struct sk_buff *` */
export const skb = defineReader({
  fields: FIELDS,
  read: readPacket,
  location: (target) => ({
    socket: {
      family: target.memory("family"),
      protocol: target.memory("proto"),
      sourcePort: target.memory("sport"),
      destinationPort: target.memory("dport"),
      source: target.memory("saddr_0"),
      destination: target.memory("daddr_0"),
    },
  }),
  value(view) {
    const family = view.number("family");
    const members: JsonObject = {};
    const add = (name: "hash" | "len" | "priority" | "mark" | "sport" | "dport" | "proto"): void => {
      if (view.number(name) !== 0) members[name] = view.number(name);
    };
    for (const name of ["hash", "len", "priority", "mark"] as const) add(name);
    for (const name of ["saddr", "daddr"] as const) {
      const text = addressText(view, name, family);
      if (text !== undefined) members[name] = text;
    }
    for (const name of ["sport", "dport", "proto"] as const) add(name);
    if (family !== 0) {
      members.protocol = protocolName(view.number("proto"));
      members.family = familyName(family);
    }
    return { skb_arg: members };
  },
});
