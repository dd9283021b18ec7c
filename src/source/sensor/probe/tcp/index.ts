/** @module Probe `tcp`: the life of TCP sockets. */
import { defineProbe, programOf } from "../probe.ts";
import { socketRecord } from "../shared/socket-record.ts";
import { decodeTcp } from "./decode.ts";
import { TCP_MAPS } from "./maps.ts";
import { tcpProgram } from "./program.ts";

/** The probe. */
export const tcp = defineProbe({
  name: "tcp",
  record: socketRecord,
  isWanted: ({ network }) => network === true,
  hook: {
    tracepoint: "inet_sock_set_state",
    isRequired: false,
    purpose: "--enable-network-events",
    helper: { name: "get_socket_cookie", since: "5.12" },
  },
  capabilities: [],
  maps: TCP_MAPS,
  programs: (context) => [programOf(tcpProgram(context))],
  decoder: decodeTcp,
});
