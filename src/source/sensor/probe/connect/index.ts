/** @module Probe `connect`: `connect(2)` of UDP sockets. */
import { TetradError } from "../../../../os/error.ts";
import { cgroup2Mount } from "../../scope/cgroup-hierarchy.ts";
import { defineProbe, programAt } from "../probe.ts";
import { socketRecord } from "../shared/socket-record.ts";
import { decodeConnects } from "./decode.ts";
import { connectProgram } from "./program.ts";

/** The probe. */
export const connect = defineProbe({
  name: "connect",
  record: socketRecord,
  isWanted: ({ network }) => network === true,
  capabilities: ["CAP_NET_ADMIN"],
  withoutIt: "UDP connects",
  maps: [],
  programs(context) {
    const directory = cgroup2Mount(context.procfs);
    if (directory === undefined) throw new TetradError("unsupported", "no cgroup v2 hierarchy is mounted");
    return ([4, 6] as const).map((family) => programAt(connectProgram(context, family), { directory }));
  },
  decoder: decodeConnects,
});
