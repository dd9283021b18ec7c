/** @module Follows sockets from record to record, and writes what happens to them as `process_tracepoint` events. */

import type { EventEnvelope } from "../../event/envelope.ts";
import type { Process } from "../../process/process.ts";
import type { ProcessTable } from "../../process/process-table.ts";
import { IPPROTO_UDP, MAX_SOCKETS, type RecordViews, SOCKET_ACTION } from "../index.ts";
import { formatIpv4, formatIpv6, swapBytes } from "../shared/socket-address.ts";

type SocketRecord = RecordViews["socket"];

/** `policy_name` of network events: Tetragon has them from tracing policies, and rules refer to the policy's name. */
const NETWORK_POLICY = "network-events";

/** What happened, in the event's `message`: the names that the ECS mapping has for actions. */
const ACTION_NAMES: Readonly<Record<number, string>> = {
  [SOCKET_ACTION.connect]: "socket_connect",
  [SOCKET_ACTION.accept]: "socket_accept",
  [SOCKET_ACTION.listen]: "socket_listen",
  [SOCKET_ACTION.close]: "socket_close",
};

/** `AF_INET6` of `<linux/socket.h>` */
const AF_INET6 = 10;

/** Bit of `enum sock_flags` in `<net/sock.h>`: the peer has ended its stream. */
const SOCK_DONE = 1n;

/** Names of `<net/tcp_states.h>`, by number. */
const TCP_STATES = [
  "",
  "TCP_ESTABLISHED",
  "TCP_SYN_SENT",
  "TCP_SYN_RECV",
  "TCP_FIN_WAIT1",
  "TCP_FIN_WAIT2",
  "TCP_TIME_WAIT",
  "TCP_CLOSE",
  "TCP_CLOSE_WAIT",
  "TCP_LAST_ACK",
  "TCP_LISTEN",
  "TCP_CLOSING",
  "TCP_NEW_SYN_RECV",
] as const;

/** What a tracker works with. */
export interface SocketTrackerSettings {
  readonly table: ProcessTable;
  /** Where events are written. */
  readonly envelope: EventEnvelope;
}

const HOOK_OF_TCP = ',"subsys":"sock","event":"inet_sock_set_state"';

function hookOfUdp(record: SocketRecord): string {
  return `,"subsys":"cgroup","event":"connect${record.family === AF_INET6 ? 6 : 4}"`;
}

/** Turns socket records into events. */
export class SocketTracker {
  readonly #table: ProcessTable;
  readonly #envelope: EventEnvelope;
  /** Owners of open sockets, by cookie, which may have ended: a connection often closes after its process. */
  readonly #owners = new Map<bigint, Process>();
  /** Those of them that listen: what they accept is theirs even when they have left the socket to their children. */
  readonly #listeners = new Map<bigint, Process>();

  constructor({ table, envelope }: SocketTrackerSettings) {
    this.#table = table;
    this.#envelope = envelope;
  }

  /** Something happened to a socket. */
  handle(record: SocketRecord): void {
    const { cookie } = record;
    const isUdp = record.protocol === IPPROTO_UDP;
    const isClosed = record.action === SOCKET_ACTION.close || TCP_STATES[record.state] === "TCP_CLOSE";
    const known = this.#owners.get(cookie);
    const process =
      isClosed && known !== undefined
        ? known
        : (this.#table.find(record.pid, record.start_time_high, record.start_time_low) ??
          this.#findListener(record));
    const envelope = this.#envelope;
    envelope.begin("process_tracepoint", process, record, record.tid);
    envelope.out.text(
      `${isUdp ? hookOfUdp(record) : HOOK_OF_TCP},"args":[${argumentsJson(record, isUdp)}],` +
        `"policy_name":"${NETWORK_POLICY}","action":"KPROBE_ACTION_POST","message":"${ACTION_NAMES[record.action]}"`,
    );
    envelope.end(record.time_high, record.time_low);
    if (isUdp) return;
    if (isClosed) this.#forget(cookie);
    else if (process !== undefined && process !== known) this.#remember(cookie, process);
    if (process !== undefined && record.action === SOCKET_ACTION.listen) this.#listeners.set(cookie, process);
  }

  /** The process that a record names, if it has ended but listens. */
  #findListener({ pid, start_time_high, start_time_low }: SocketRecord): Process | undefined {
    for (const process of this.#listeners.values()) {
      if (process.pid === pid && process.beganAt(start_time_high, start_time_low)) return process;
    }
    return undefined;
  }

  #remember(cookie: bigint, process: Process): void {
    this.#forget(cookie);
    this.#table.retain(process);
    this.#owners.set(cookie, process);
    if (this.#owners.size <= MAX_SOCKETS) return;
    // The kernel forgets as well, and says nothing.
    const [oldest] = this.#owners.keys();
    if (oldest !== undefined) this.#forget(oldest);
  }

  #forget(cookie: bigint): void {
    const process = this.#owners.get(cookie);
    if (process === undefined) return;
    this.#owners.delete(cookie);
    this.#listeners.delete(cookie);
    this.#table.release(process);
  }
}

/** The event's arguments: the socket, and of one that is closed what went through it and for how long. */
function argumentsJson(record: SocketRecord, isUdp: boolean): string {
  const isIpv6 = record.family === AF_INET6;
  const [type, protocol] = isUdp ? ["SOCK_DGRAM", "IPPROTO_UDP"] : ["SOCK_STREAM", "IPPROTO_TCP"];
  const state = TCP_STATES[record.state] ?? record.state;
  const source = isIpv6
    ? formatIpv6([record.source6_0, record.source6_1, record.source6_2, record.source6_3])
    : formatIpv4(record.source4);
  const destination = isIpv6
    ? formatIpv6([record.destination6_0, record.destination6_1, record.destination6_2, record.destination6_3])
    : formatIpv4(record.destination4);
  const socket =
    `{"sock_arg":{"family":"${isIpv6 ? "AF_INET6" : "AF_INET"}","type":"${type}","protocol":"${protocol}"` +
    `${number("mark", record.mark)}${number("priority", record.priority)}` +
    `,"saddr":"${source}","daddr":"${destination}"${number("sport", swapBytes(record.source_port))}` +
    `${number("dport", swapBytes(record.destination_port))},"cookie":"${record.cookie}"` +
    `${state === "" ? "" : `,"state":"${state}"`}}}`;
  if (record.action !== SOCKET_ACTION.close) return socket;
  const sent = record.bytes_sent - record.bytes_retransmitted;
  const received = record.bytes_received - ((record.flags >> SOCK_DONE) & 1n);
  return (
    `${socket},${size("bytes_sent", sent)},${size("bytes_received", received)},` +
    size("duration_ns", record.time - record.since)
  );
}

/** A member that protobuf leaves out when it is 0. */
function number(name: string, value: number): string {
  return value === 0 ? "" : `,"${name}":${value}`;
}

function size(label: string, value: bigint): string {
  return `{"size_arg":"${value}","label":"${label}"}`;
}
