/** @module The record of what happened to a socket, which both network probes write. */
import { defineRecord, type ViewOf } from "../../../../kernel/record/index.ts";

/** Of `<linux/in.h>` */

/** What happened to a socket. */
export const SOCKET_ACTION = { connect: 1, accept: 2, listen: 3, close: 4 } as const;

/** Times are nanoseconds of `CLOCK_BOOTTIME`. */
export const socketRecord = defineRecord(
  {
    kind: "u32",
    /** Of the owner. */
    pid: "u32",
    time: "u64",
    start_time: "u64",
    since: "u64",
    /** The kernel's name for the socket, which no other ever has. */
    cookie: "u64",
    bytes_sent: "u64",
    bytes_retransmitted: "u64",
    /** As TCP counts, for which the end of the peer's stream is one byte more. */
    bytes_received: "u64",
    /** `sk_flags`, bits of `enum sock_flags`. */
    flags: "u64",
    tid: "u32",
    action: "u32",
    state: "u32",
    mark: "u32",
    priority: "u32",
    family: "u16",
    protocol: "u16",
    /** Ports, IPv4 addresses, and IPv6 addresses in four parts, all in network byte order. */
    source_port: "u16",
    destination_port: "u16",
    source4: "u32",
    destination4: "u32",
    source6_0: "u32",
    source6_1: "u32",
    source6_2: "u32",
    source6_3: "u32",
    destination6_0: "u32",
    destination6_1: "u32",
    destination6_2: "u32",
    destination6_3: "u32",
  },
  {},
);

/** What happened to a socket, read in place. */
export type SocketView = ViewOf<typeof socketRecord>;
