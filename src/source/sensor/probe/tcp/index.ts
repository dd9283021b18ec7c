/** @module Probe `tcp`: the life of TCP sockets. */
import { boolean } from "../../../../config/kind.ts";
import { defineProbe } from "../declaration.ts";

/** The probe. */
export const tcp = defineProbe({
  name: "tcp",
  options: {
    "enable-network-events": {
      group: "Native sensor",
      from: "tetrad",
      support: "used",
      kind: boolean(),
      default: "false",
      description:
        "Report the life of TCP sockets (connect, accept, listen, close) and UDP connects, with the process that they belong to.",
    },
  },
  isWanted: (values) => values["enable-network-events"] === true,
  hook: {
    tracepoint: "inet_sock_set_state",
    purpose: "--enable-network-events",
  },
  capabilities: [],
  load: async () => (await import("./probe.ts")).implementation,
});
