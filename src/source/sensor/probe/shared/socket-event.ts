/** @module What happened to a socket, as `process_tracepoint` events have it. */

import { TCP_STATES } from "../../../../event/tcp-state.ts";
import type { JsonObject } from "../../../../lib/json/object.ts";
import { formatIpv4, formatIpv6, swapBytes } from "../../../../lib/text/kernel-address.ts";
import { AF_INET6 } from "../../../../os/socket-numbers.ts";
import type { EventKind } from "../../event/event.ts";
import { SOCKET_ACTION, type SocketView } from "./socket-record.ts";

/** `policy_name` of network events: Tetragon has them from tracing policies, and rules use the policy's name. */
const NETWORK_POLICY = "network-events";
/** `action` of events that a policy asks for, and that nothing is done about. */
const POST = "KPROBE_ACTION_POST";

/** What happened, in the event's `message`: the names that the ECS mapping has for actions. */
const ACTION_NAMES: Readonly<Record<number, string>> = {
  [SOCKET_ACTION.connect]: "socket_connect",
  [SOCKET_ACTION.accept]: "socket_accept",
  [SOCKET_ACTION.listen]: "socket_listen",
  [SOCKET_ACTION.close]: "socket_close",
};

/** Bit of `enum sock_flags` in `<net/sock.h>`: the peer has ended its stream. */
const SOCK_DONE = 1n;

/** Name of a TCP state, empty for 0. */
export function tcpState(state: number): string {
  return TCP_STATES[state] ?? String(state);
}

/** What went through a socket that is closed, and for how long it was open. */
interface Traffic {
  readonly sent: bigint;
  readonly received: bigint;
  readonly duration: bigint;
}

/** What is kept of a record. */
export interface SocketDetails {
  readonly message: string;
  readonly isIpv6: boolean;
  readonly mark: number;
  readonly priority: number;
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly cookie: bigint;
  readonly state: string;
  readonly traffic: Traffic | undefined;
}

/** What a record says of a socket. */
export function socketDetails(record: SocketView): SocketDetails {
  const isIpv6 = record.family === AF_INET6;
  return {
    message: ACTION_NAMES[record.action] ?? "",
    isIpv6,
    mark: record.mark,
    priority: record.priority,
    source: isIpv6
      ? formatIpv6([record.source6_0, record.source6_1, record.source6_2, record.source6_3])
      : formatIpv4(record.source4),
    destination: isIpv6
      ? formatIpv6([
          record.destination6_0,
          record.destination6_1,
          record.destination6_2,
          record.destination6_3,
        ])
      : formatIpv4(record.destination4),
    sourcePort: swapBytes(record.source_port),
    destinationPort: swapBytes(record.destination_port),
    cookie: record.cookie,
    state: tcpState(record.state),
    traffic: record.action === SOCKET_ACTION.close ? trafficOf(record) : undefined,
  };
}

function trafficOf(record: SocketView): Traffic {
  return {
    sent: record.bytes_sent - record.bytes_retransmitted,
    // The end of the peer's stream counts as a byte.
    received: record.bytes_received - ((record.flags >> SOCK_DONE) & 1n),
    duration: record.time - record.since,
  };
}

/** What all events of one transport have in common. */
export interface Transport {
  readonly type: "SOCK_STREAM" | "SOCK_DGRAM";
  readonly protocol: "IPPROTO_TCP" | "IPPROTO_UDP";
  /** The hook in the kernel: its subsystem, and its name for sockets of either family. */
  readonly subsystem: string;
  readonly event4: string;
  readonly event6: string;
}

/** The kind of the events of a transport. */
export function socketEvents(transport: Transport): EventKind<SocketDetails> {
  const { subsystem, event4, event6 } = transport;
  return {
    type: "process_tracepoint",
    isStart: false,
    isEnd: false,
    write(text, details) {
      text.out.text(
        `,"subsys":"${subsystem}","event":"${details.isIpv6 ? event6 : event4}","args":[${argumentsJson(details, transport)}],` +
          `"policy_name":"${NETWORK_POLICY}","action":"${POST}","message":"${details.message}"`,
      );
    },
    add(_, payload, details) {
      payload.subsys = subsystem;
      payload.event = details.isIpv6 ? event6 : event4;
      payload.args = argumentsOf(details, transport);
      payload.policy_name = NETWORK_POLICY;
      payload.action = POST;
      payload.message = details.message;
    },
  };
}

function familyName({ isIpv6 }: SocketDetails): string {
  return isIpv6 ? "AF_INET6" : "AF_INET";
}

/** The event's arguments: the socket, and of one that is closed its traffic. */
function argumentsJson(details: SocketDetails, { type, protocol }: Transport): string {
  const { mark, priority, source, destination, state, traffic } = details;
  const socket =
    `{"sock_arg":{"family":"${familyName(details)}","type":"${type}","protocol":"${protocol}"` +
    `${number("mark", mark)}${number("priority", priority)}` +
    `,"saddr":"${source}","daddr":"${destination}"${number("sport", details.sourcePort)}` +
    `${number("dport", details.destinationPort)},"cookie":"${details.cookie}"` +
    `${state === "" ? "" : `,"state":"${state}"`}}}`;
  if (traffic === undefined) return socket;
  return (
    `${socket},${size("bytes_sent", traffic.sent)},${size("bytes_received", traffic.received)},` +
    size("duration_ns", traffic.duration)
  );
}

/** A member that protobuf leaves out when it is 0. */
function number(name: string, value: number): string {
  return value === 0 ? "" : `,"${name}":${value}`;
}

function size(label: string, value: bigint): string {
  return `{"size_arg":"${value}","label":"${label}"}`;
}

/** The same arguments as objects. */
function argumentsOf(details: SocketDetails, { type, protocol }: Transport): JsonObject[] {
  const { mark, priority, source, destination, sourcePort, destinationPort, state, traffic } = details;
  const socket: JsonObject = { family: familyName(details), type, protocol };
  if (mark !== 0) socket.mark = mark;
  if (priority !== 0) socket.priority = priority;
  socket.saddr = source;
  socket.daddr = destination;
  if (sourcePort !== 0) socket.sport = sourcePort;
  if (destinationPort !== 0) socket.dport = destinationPort;
  socket.cookie = String(details.cookie);
  if (state !== "") socket.state = state;
  const list: JsonObject[] = [{ sock_arg: socket }];
  if (traffic !== undefined) {
    list.push({ size_arg: String(traffic.sent), label: "bytes_sent" });
    list.push({ size_arg: String(traffic.received), label: "bytes_received" });
    list.push({ size_arg: String(traffic.duration), label: "duration_ns" });
  }
  return list;
}
