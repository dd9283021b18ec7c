/**
 * @module The program on `inet_sock_set_state`: the life of TCP sockets.
 *
 * A connection is opened, and a listener is made, by the process that runs at that moment. Everything else may
 * happen in an interrupt, in whatever process runs then; so the program remembers owners: of a socket in the
 * socket itself, of a listener also by place, so that the connections that it accepts are its.
 */
import type { HeldRegister } from "../../../../kernel/asm/index.ts";
import type { ProgramSpec } from "../../../../kernel/attach/index.ts";
import {
  countIn,
  type Pointer,
  type ProgramBuilder,
  RecordWriter,
  TracingProgramBuilder,
} from "../../../../kernel/program/index.ts";
import type { ProgramContext } from "../probe.ts";
import { SENSOR_MAPS } from "../shared/maps.ts";
import { leaveUnlessInScope, type Scope } from "../shared/scope.ts";
import { IPPROTO_TCP, SOCKET_ACTION, socketRecord } from "../shared/socket-record.ts";
import {
  clearListenerKey,
  findListener,
  forgetListener,
  hasIpv6,
  type ListenerSlots,
  rememberAsOutside,
  rememberListener,
  writeListenerKey,
} from "./listener.ts";
import { NETWORK_MAPS } from "./maps.ts";
import { listenerKey, listenerOwner, socketOwner } from "./owner.ts";

/** States of `<net/tcp_states.h>` */
const TCP_ESTABLISHED = 1;
const TCP_SYN_SENT = 2;
const TCP_SYN_RECV = 3;
const TCP_CLOSE = 7;
const TCP_LISTEN = 10;

const OLD_STATE_ARGUMENT = 1;
const NEW_STATE_ARGUMENT = 2;

/** Assembles the program. */
export function tcpProgram({ types, scope, kind }: ProgramContext): ProgramSpec<"tp_btf"> {
  const b = new TracingProgramBuilder(types, "inet_sock_set_state");
  const { asm } = b;
  const sock = b.argument(0, "sock", "sock");
  using oldState = asm.hold("old state", "r8");
  using newState = asm.hold("new state", "r9");
  b.loadArgument(oldState, OLD_STATE_ARGUMENT);
  b.loadArgument(newState, NEW_STATE_ARGUMENT);
  for (const state of [TCP_LISTEN, TCP_SYN_SENT, TCP_ESTABLISHED, TCP_CLOSE]) {
    asm.jumpIf(newState, "==", state, "followed");
  }
  b.leave();
  asm.label("followed");
  b.loadSlot("r1", b.scalar(sock, "sk_protocol", "protocol"));
  b.leaveIf("r1", "!=", IPPROTO_TCP);

  const slots = {
    key: asm.slot("listener key", listenerKey.headerSize),
    cookie: asm.slot("cookie"),
  };
  const owner = asm.slot("owner", listenerOwner.headerSize);
  asm.note("cookie");
  b.loadSlot("r1", sock);
  asm.call("get_socket_cookie").store(8, "r10", slots.cookie, "r0");
  clearListenerKey(b, slots.key);
  asm.jumpIf(newState, "==", TCP_LISTEN, "place").jumpIf(oldState, "==", TCP_LISTEN, "place");
  asm.jumpIf(oldState, "!=", TCP_SYN_RECV, "placed").label("place");
  writeListenerKey(b, sock, slots.key);
  asm.label("placed");

  asm.jumpIf(newState, "==", TCP_ESTABLISHED, "established").jumpIf(newState, "==", TCP_CLOSE, "closes");

  const tcp: TcpProgram = { b, sock, slots, owner, oldState, newState };
  opens(tcp, scope);
  const action = asm.hold("action", "r7");
  asm.set(action, SOCKET_ACTION.listen).jump("report").label("established");
  establishes(tcp, action);
  asm.jump("report").label("closes");
  closes(tcp, action);

  asm.label("report").store(8, "r10", asm.slot("action"), action);
  action[Symbol.dispose]();
  report(b, kind, sock, newState, { cookie: slots.cookie, owner });
  return b.build("tetrad_network");
}

/** What the parts of the program share. */
interface TcpProgram {
  readonly b: ProgramBuilder;
  readonly sock: Pointer;
  readonly slots: ListenerSlots;
  /** Slot of a {@link listenerOwner}. */
  readonly owner: number;
  readonly oldState: HeldRegister;
  readonly newState: HeldRegister;
}

/** A connection is opened, or a listener made: its owner is the running process. Only a listener is reported. */
function opens({ b, sock, slots, owner, newState }: TcpProgram, scope: Scope | undefined): void {
  const { asm } = b;
  asm.note("opens: whoever had the socket before has it no more");
  b.socketStorageDelete(NETWORK_MAPS.sockets, sock);
  const task = b.currentTask("task");
  if (scope !== undefined) {
    asm.jumpIf(newState, "!=", TCP_LISTEN, "scope");
    rememberAsOutside(b, slots, owner);
    asm.label("scope");
    leaveUnlessInScope(b, task, scope);
  }
  writeOwner(b, task, owner);
  rememberSocket(b, sock, owner);
  b.leaveIf(newState, "!=", TCP_LISTEN);
  rememberListener(b, slots, owner);
}

/** A connection is there: of who opened it, or of the listener that accepts it. */
function establishes({ b, sock, slots, owner, oldState }: TcpProgram, action: HeldRegister): void {
  const { asm } = b;
  const isKnown = asm.freshLabel("known");
  asm.set(action, SOCKET_ACTION.connect);
  b.socketStorage(NETWORK_MAPS.sockets, sock);
  asm.jumpIf("r0", "!=", 0, isKnown);
  b.leaveIf(oldState, "!=", TCP_SYN_RECV);
  asm.set(action, SOCKET_ACTION.accept);
  findListener(b, slots);
  asm.label(isKnown);
  copyOwner(b, owner);
  asm
    .note("since = now")
    .call("ktime_get_boot_ns")
    .store(8, "r10", owner + socketOwner.fields.since.offset, "r0");
  rememberSocket(b, sock, owner);
}

/** The socket carries its owner from now on. Where the kernel has no memory for that, what comes of it is lost. */
function rememberSocket(b: ProgramBuilder, sock: Pointer, owner: number): void {
  const { asm } = b;
  const kept = asm.freshLabel("kept");
  const known = asm.freshLabel("known");
  b.socketStorage(NETWORK_MAPS.sockets, sock, owner);
  asm.jumpIf("r0", "!=", 0, known);
  countIn(b, SENSOR_MAPS.lost);
  asm.jump(kept).label(known).note("what it carried already is written over");
  for (let at = 0; at < socketOwner.headerSize; at += 8) {
    asm.load(8, "r1", "r10", owner + at).store(8, "r0", at, "r1");
  }
  asm.label(kept);
}

/** A socket is closed: a connection that never was is one that failed. */
function closes({ b, sock, slots, owner, oldState }: TcpProgram, action: HeldRegister): void {
  const { asm } = b;
  asm.jumpIf(oldState, "!=", TCP_LISTEN, "closed");
  forgetListener(b, slots);
  asm.label("closed");
  b.socketStorage(NETWORK_MAPS.sockets, sock);
  b.leaveIf("r0", "==", 0);
  copyOwner(b, owner);
  b.socketStorageDelete(NETWORK_MAPS.sockets, sock);
  asm.set(action, SOCKET_ACTION.connect).jumpIf(oldState, "==", TCP_SYN_SENT, "report");
  asm.set(action, SOCKET_ACTION.close);
}

/** The owner is the running process. */
function writeOwner(b: ProgramBuilder, task: Pointer, owner: number): void {
  const { pid, tid, start_time, since } = socketOwner.fields;
  const put = (size: 4 | 8, place: { offset: number }, path: string, name: string): void => {
    b.loadSlot("r1", b.scalar(task, path, name));
    b.asm.store(size, "r10", owner + place.offset, "r1");
  };
  put(4, pid, "tgid", "tgid");
  put(4, tid, "pid", "tid");
  put(8, start_time, "group_leader.start_boottime", "start");
  b.asm
    .note("since = now")
    .call("ktime_get_boot_ns")
    .store(8, "r10", owner + since.offset, "r0");
}

/** The owner is the one that `r0` points to. */
function copyOwner(b: ProgramBuilder, owner: number): void {
  b.asm.note("copy the owner");
  for (let at = 0; at < socketOwner.headerSize; at += 8) {
    b.asm.load(8, "r1", "r0", at).store(8, "r10", owner + at, "r1");
  }
}

function report(
  b: ProgramBuilder,
  kind: number,
  sock: Pointer,
  state: HeldRegister,
  { cookie, owner }: { readonly cookie: number; readonly owner: number },
): void {
  const { asm } = b;
  const record = RecordWriter.inRing(b, socketRecord, SENSOR_MAPS);
  record.constant("kind", kind);
  record.helper("time", "ktime_get_boot_ns");
  record.register("state", state);
  const fromStack = (field: Parameters<typeof record.register>[0], size: 4 | 8, slot: number): void => {
    asm.note(field).load(size, "r1", "r10", slot);
    record.register(field, "r1");
  };
  fromStack("action", 4, asm.slot("action"));
  fromStack("cookie", 8, cookie);
  fromStack("pid", 4, owner + socketOwner.fields.pid.offset);
  fromStack("tid", 4, owner + socketOwner.fields.tid.offset);
  fromStack("start_time", 8, owner + socketOwner.fields.start_time.offset);
  fromStack("since", 8, owner + socketOwner.fields.since.offset);

  record.read("flags", sock, "__sk_common.skc_flags");
  record.read("mark", sock, "sk_mark");
  record.read("priority", sock, "sk_priority");
  record.constant("protocol", IPPROTO_TCP);
  record.read("family", sock, "__sk_common.skc_family");
  // Not skc_num, which is 0 again when the socket is closed. A struct inet_sock begins with its struct sock.
  record.read("source_port", { ...sock, struct: "inet_sock" }, "inet_sport");
  record.read("destination_port", sock, "__sk_common.skc_dport");
  record.read("source4", sock, "__sk_common.skc_rcv_saddr");
  record.read("destination4", sock, "__sk_common.skc_daddr");
  const isIpv6Known = hasIpv6(b.types);
  for (const part of [0, 1, 2, 3] as const) {
    if (isIpv6Known) {
      record.read(`source6_${part}`, sock, `__sk_common.skc_v6_rcv_saddr.in6_u.u6_addr32[${part}]`);
      record.read(`destination6_${part}`, sock, `__sk_common.skc_v6_daddr.in6_u.u6_addr32[${part}]`);
    } else {
      record.constant(`source6_${part}`, 0);
      record.constant(`destination6_${part}`, 0);
    }
  }
  // So does a struct tcp_sock.
  const tcp: Pointer = { ...sock, struct: "tcp_sock" };
  record.read("bytes_sent", tcp, "bytes_sent");
  record.read("bytes_retransmitted", tcp, "bytes_retrans");
  record.read("bytes_received", tcp, "bytes_received");
  record.submit();
}
