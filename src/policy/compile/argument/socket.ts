/** @module Sockets. */

import type { Pointer } from "../../../kernel/program/index.ts";
import type { JsonObject } from "../../../lib/json/object.ts";
import { AF_INET, AF_INET6 } from "../../../os/socket-numbers.ts";
import type { SocketLocation } from "../../condition/index.ts";
import {
  addressFields,
  addressText,
  familyName,
  protocolName,
  socketTypeName,
  stateName,
} from "./network-text.ts";
import { defineReader, type ReadingView, type ReadTarget } from "./reader.ts";

/** Ports are in host order. `cookie` is the address of the socket, as Tetragon has it. */
const FIELDS = {
  cookie: "u64",
  mark: "u32",
  priority: "u32",
  ...addressFields("saddr"),
  ...addressFields("daddr"),
  family: "u16",
  type: "u16",
  protocol: "u16",
  sport: "u16",
  dport: "u16",
  state: "u8",
} as const;
type SocketFields = typeof FIELDS;
type SocketTarget = ReadTarget<SocketFields>;

function readSocket(target: SocketTarget, sock: Pointer): void {
  const { builder: b } = target;
  const { asm } = b;
  b.loadSlot("r1", sock);
  target.store("cookie", "r1");
  target.copy("family", sock, "__sk_common.skc_family");
  target.copy("state", sock, "__sk_common.skc_state");
  target.copy("type", sock, "sk_type");
  target.copy("protocol", sock, "sk_protocol");
  target.copy("mark", sock, "sk_mark");
  target.copy("priority", sock, "sk_priority");
  target.copy("sport", sock, "__sk_common.skc_num");
  target.copy("dport", sock, "__sk_common.skc_dport");
  const { offset, size } = target.field("dport");
  asm.load(size, "r1", target.scratch, offset).toBigEndian(2, "r1").store(size, target.scratch, offset, "r1");
  const [isIpv6, isIpv4, done] = ["ipv6", "ipv4", "addresses"].map((stem) => asm.freshLabel(stem)) as [
    string,
    string,
    string,
  ];
  for (const name of ["saddr", "daddr"] as const)
    for (const part of [0, 1, 2, 3] as const) target.store(`${name}_${part}`, 0);
  const family = target.field("family");
  asm.load(family.size, "r1", target.scratch, family.offset);
  asm.jumpIf("r1", "==", AF_INET, isIpv4).jumpIf("r1", "==", AF_INET6, isIpv6).jump(done).label(isIpv4);
  target.copy("saddr_0", sock, "__sk_common.skc_rcv_saddr");
  target.copy("daddr_0", sock, "__sk_common.skc_daddr");
  asm.jump(done).label(isIpv6);
  if (b.types.has("sock", "__sk_common.skc_v6_daddr")) {
    target.copyAll("saddr_0", sock, "__sk_common.skc_v6_rcv_saddr");
    target.copyAll("daddr_0", sock, "__sk_common.skc_v6_daddr");
  }
  asm.label(done);
}

const location = (target: SocketTarget): { readonly socket: SocketLocation } => ({
  socket: {
    family: target.memory("family"),
    protocol: target.memory("protocol"),
    state: target.memory("state"),
    sourcePort: target.memory("sport"),
    destinationPort: target.memory("dport"),
    source: target.memory("saddr_0"),
    destination: target.memory("daddr_0"),
  },
});

/** `KprobeSock`, without what protobuf leaves out. */
function value(view: ReadingView<SocketFields>): JsonObject {
  const family = view.number("family");
  const members: JsonObject = {
    family: familyName(family),
    type: socketTypeName(view.number("type")),
    protocol: protocolName(view.number("protocol")),
  };
  for (const name of ["mark", "priority"] as const) {
    if (view.number(name) !== 0) members[name] = view.number(name);
  }
  for (const name of ["saddr", "daddr"] as const) {
    const text = addressText(view, name, family);
    if (text !== undefined) members[name] = text;
  }
  for (const name of ["sport", "dport"] as const) {
    if (view.number(name) !== 0) members[name] = view.number(name);
  }
  members.cookie = String(view.wide("cookie"));
  members.state = stateName(view.number("state"));
  return { sock_arg: members };
}

/** `struct sock *` */
const sock = defineReader({
  fields: FIELDS,
  read: (target) => readSocket(target, target.pointer("sock")),
  location,
  value,
});

/** `struct socket *` */
const socket = defineReader({
  fields: FIELDS,
  read(target) {
    const { builder: b } = target;
    const inner = b.follow(target.pointer("socket"), "sk", "sock");
    b.loadSlot("r1", inner);
    b.asm.jumpIf("r1", "==", 0, target.failed);
    readSocket(target, inner);
  },
  location,
  value,
});

export const SOCKET_READERS = { sock, socket } as const;
