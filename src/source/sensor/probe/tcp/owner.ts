/** @module Whom sockets belong to, as the TCP program remembers it in its maps. */
import { defineRecord } from "../../../../kernel/record/index.ts";

const ownerFields = {
  start_time: "u64",
  /** When it was connected, accepted, or began to listen. */
  since: "u64",
  /** What events call the socket. */
  cookie: "u64",
  pid: "u32",
  tid: "u32",
} as const;

/** Who a socket belongs to, as the programs remember it. `pid` is 0 of one that is nobody's any more. */
export const socketOwner = defineRecord(ownerFields, {});

/** Who a listener belongs to: begins as a {@link socketOwner} does. `pid` is 0 outside the scope. */
export const listenerOwner = defineRecord(
  {
    ...ownerFields,
    /** Address of the listening socket. */
    socket: "u64",
  },
  {},
);

/** Where a listener listens. The port and the parts of the address are in network byte order. */
export const listenerKey = defineRecord(
  {
    netns: "u32",
    port: "u16",
    family: "u16",
    /** An IPv4 address is the last part, the others are 0. */
    address0: "u32",
    address1: "u32",
    address2: "u32",
    address3: "u32",
  },
  {},
);
