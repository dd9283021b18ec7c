/** @module Socket addresses, as connect(2) and bind(2) are given them. */

import type { JsonObject } from "../../../lib/json/object.ts";
import { decodeText } from "../../../lib/text/utf8.ts";
import { AF_INET, AF_INET6, AF_UNIX } from "../../../os/socket-numbers.ts";
import { readBlock } from "./memory.ts";
import { addressFields, addressText, familyName } from "./network-text.ts";
import { defineReader, PLAIN_BYTES } from "./reader.ts";
import { bytesLocation, readText } from "./string.ts";

/** Bytes of `struct sockaddr_in6`, and of `struct sockaddr_in`; where their parts are. */
const IPV6_SIZE = 28;
const PORT = 2;
const IPV4_ADDRESS = 4;
const IPV6_ADDRESS = 8;
/** Of `struct sockaddr_un`. */
const UNIX_PATH = 2;

/** `struct sockaddr *` */
const sockaddr = defineReader({
  fields: { ...addressFields("addr"), family: "u16", port: "u16" },
  read(target) {
    const { asm } = target.builder;
    const block = readBlock(target, "socket address", IPV6_SIZE);
    const [isIpv4, isIpv6, done] = ["ipv4", "ipv6", "address"].map((stem) => asm.freshLabel(stem)) as [
      string,
      string,
      string,
    ];
    for (const part of [0, 1, 2, 3] as const) target.store(`addr_${part}`, 0);
    target.store("port", 0);
    asm.load(2, "r1", "r10", block);
    target.store("family", "r1");
    asm.jumpIf("r1", "==", AF_INET, isIpv4).jumpIf("r1", "==", AF_INET6, isIpv6).jump(done);
    const take = (offset: number, parts: readonly (0 | 1 | 2 | 3)[]): void => {
      asm.load(2, "r1", "r10", block + PORT).toBigEndian(2, "r1");
      target.store("port", "r1");
      for (const part of parts) {
        asm.load(4, "r1", "r10", block + offset + part * 4);
        target.store(`addr_${part}`, "r1");
      }
    };
    asm.label(isIpv4);
    take(IPV4_ADDRESS, [0]);
    asm.jump(done).label(isIpv6);
    take(IPV6_ADDRESS, [0, 1, 2, 3]);
    asm.label(done);
  },
  location: (target) => ({
    socket: {
      family: target.memory("family"),
      sourcePort: target.memory("port"),
      source: target.memory("addr_0"),
    },
  }),
  value(view) {
    const family = view.number("family");
    const port = view.number("port");
    const members: JsonObject = {
      family: familyName(family),
      addr: addressText(view, "addr", family) ?? "invalid IP",
    };
    if (port !== 0) members.port = port;
    return { sockaddr_arg: members };
  },
});

/** `struct sockaddr_un *`: a name that begins with a NUL is shown with an `@` there. */
const sockaddrUn = defineReader({
  fields: { family: "u16" },
  bytes: PLAIN_BYTES,
  read(target) {
    const { scratch, region } = target;
    const { asm } = target.builder;
    const block = readBlock(target, "socket family", 2);
    const done = asm.freshLabel("path");
    asm.store(4, scratch, region.length, 0).load(2, "r1", "r10", block);
    target.store("family", "r1");
    asm.jumpIf("r1", "!=", AF_UNIX, done);
    asm.load(8, "r3", "r10", target.value.slot).alu("r3", "+=", UNIX_PATH);
    readText(target);
    asm.load(4, "r1", scratch, region.length).jumpIf("r1", "!=", 0, done);
    asm.store(1, scratch, region.offset, "@".charCodeAt(0));
    asm.load(8, "r3", "r10", target.value.slot).alu("r3", "+=", UNIX_PATH + 1);
    readText(target, { offset: 1 });
    asm.load(4, "r1", scratch, region.length).jumpIf("r1", "!=", 1, done);
    asm.store(4, scratch, region.length, 0).label(done);
  },
  location: (target) => ({ ...bytesLocation(target), socket: { family: target.memory("family") } }),
  value: (view) => ({
    sockaddrun_arg: {
      family: familyName(view.number("family")),
      ...(view.bytes.length === 0 ? {} : { path: decodeText(view.bytes) }),
    },
  }),
});

export const SOCKET_ADDRESS_READERS = { sockaddr, sockaddr_un: sockaddrUn } as const;
