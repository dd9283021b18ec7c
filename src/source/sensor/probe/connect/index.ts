/** @module Probe `connect`: `connect(2)` of UDP sockets. */
import { defineProbe } from "../declaration.ts";

/** The probe. */
export const connect = defineProbe({
  name: "connect",
  options: {},
  isWanted: (values) => values["enable-network-events"] === true,
  capabilities: [
    {
      name: "CAP_NET_ADMIN",
      until: "start",
      why: "attach the programs that see UDP connects to the control group",
    },
  ],
  withoutIt: "UDP connects",
  load: async () => (await import("./probe.ts")).implementation,
});
