/**
 * @module The program on `inet_sock_set_state`: the life of TCP sockets.
 *
 * A connection is opened, and a listener is made, by the process that runs at that moment. Everything else may
 * happen in an interrupt, in whatever process runs then; so the program remembers owners: of a socket in the
 * socket itself, of a listener also by place, so that the connections that it accepts are its.
 */

import type { ProgramSpec } from "../../../../kernel/attach/index.ts";
import {
  type Pointer,
  type ProgramBuilder,
  TracingProgramBuilder,
} from "../../../../kernel/program/index.ts";
import { IPPROTO_TCP } from "../../../../os/socket-numbers.ts";
import type { ProgramContext } from "../probe.ts";
import { leaveUnlessInScope, type Scope } from "../shared/scope.ts";
import { SOCKET_ACTION } from "../shared/socket-record.ts";
import {
  clearListenerKey,
  findListener,
  forgetListener,
  rememberAsOutside,
  rememberListener,
  writeListenerKey,
} from "./listener.ts";
import type { SocketMemory } from "./memory.ts";
import { listenerKey, listenerOwner, socketOwner } from "./owner.ts";
import { report } from "./report.ts";
import { copyOwner, KnownSocket } from "./sockets.ts";
import type { TcpProgram } from "./state.ts";

/** States of `<net/tcp_states.h>` */
const TCP_ESTABLISHED = 1;
const TCP_SYN_SENT = 2;
const TCP_SYN_RECV = 3;
const TCP_CLOSE = 7;
const TCP_LISTEN = 10;

const OLD_STATE_ARGUMENT = 1;
const NEW_STATE_ARGUMENT = 2;

/** Assembles the program. */
export function tcpProgram(
  { types, scope, kind }: ProgramContext,
  memory: SocketMemory,
): ProgramSpec<"tp_btf"> {
  const b = new TracingProgramBuilder(types, "inet_sock_set_state");
  const { asm } = b;
  using newState = asm.hold("new state", "r9");
  b.loadArgument(newState, NEW_STATE_ARGUMENT);
  const isBornSeen = memory === "address";
  const followed = [
    TCP_CLOSE,
    TCP_ESTABLISHED,
    TCP_SYN_SENT,
    TCP_LISTEN,
    ...(isBornSeen ? [TCP_SYN_RECV] : []),
  ];
  for (const state of followed) asm.jumpIf(newState, "==", state, "followed");
  b.leave();
  asm.label("followed");
  const sock = b.argument(0, "sock", "sock");
  const oldState = asm.hold("old state", "r8");
  b.loadArgument(oldState, OLD_STATE_ARGUMENT);
  b.load("r1", sock, "sk_protocol");
  b.leaveIf("r1", "!=", IPPROTO_TCP);

  const socket = new KnownSocket(b, memory, sock);
  const slots = {
    key: asm.slot("listener key", listenerKey.headerSize),
    owner: asm.slot("owner", listenerOwner.headerSize),
    now: asm.slot("now"),
    action: asm.slot("action"),
  };
  // Newer verifiers search all of the kernel's types for a pointer that is read, each time that they come by.
  const net = b.follow(sock, "__sk_common.skc_net.net", "net");
  const structs = { sock, tcp: tcpSocket(b, socket), net };
  const tcp: TcpProgram = { b, socket, slots, structs, oldState, newState };
  if (isBornSeen) forgetsBefore(tcp);
  asm.note("now").call("ktime_get_boot_ns").store(8, "r10", slots.now, "r0");
  asm.jumpIf(newState, "==", TCP_ESTABLISHED, "established").jumpIf(newState, "==", TCP_CLOSE, "closes");
  opens(tcp, scope);
  asm.jump("report").label("established");
  establishes(tcp);
  asm.jump("report").label("closes");
  closes(tcp);
  asm.label("report");
  oldState[Symbol.dispose]();
  report(tcp, kind);
  return b.build("tetrad_network");
}

/** Kernels that give cookies can say what a socket is, too: what they say so of can be read by loads. */
function tcpSocket(b: ProgramBuilder, { sock, memory }: KnownSocket): Pointer {
  if (memory === "address") return { ...sock, name: "tcp", struct: "tcp_sock", isTyped: false };
  const slot = b.asm.slot("tcp");
  b.asm.note("tcp = sock");
  b.loadSlot("r1", sock);
  b.asm.call("skc_to_tcp_sock");
  b.leaveIf("r0", "==", 0);
  b.asm.store(8, "r10", slot, "r0");
  return { name: "tcp", struct: "tcp_sock", slot, offset: 0, isTyped: true };
}

/** Ends the program for a socket that is being made of a listener: what was at its address is gone. */
function forgetsBefore({ b, socket, oldState, newState }: TcpProgram): void {
  const { asm } = b;
  asm.jumpIf(newState, "!=", TCP_SYN_RECV, "born");
  b.leaveIf(oldState, "!=", TCP_LISTEN);
  socket.forget();
  b.leave();
  asm.label("born");
}

/** A connection is opened, or a listener made: its owner is the running process. Only a listener is reported. */
function opens({ b, socket, structs, slots, newState }: TcpProgram, scope: Scope | undefined): void {
  const { asm } = b;
  const task = b.currentTask("task", { isTyped: socket.memory === "storage" });
  const keyed = asm.freshLabel("keyed");
  clearListenerKey(b, slots.key);
  asm.jumpIf(newState, "!=", TCP_LISTEN, keyed);
  writeListenerKey(b, structs, slots.key);
  asm.label(keyed);
  if (scope !== undefined) {
    asm.note("whoever had the socket before has it no more");
    socket.disown();
    asm.jumpIf(newState, "!=", TCP_LISTEN, "scope");
    rememberAsOutside(b, socket.sock, slots);
    asm.label("scope");
    leaveUnlessInScope(b, task, scope);
  }
  socket.makeCookie(slots.now);
  asm.store(8, "r10", slots.owner + socketOwner.fields.cookie.offset, "r0");
  writeOwner(b, task, slots);
  asm.jumpIf(newState, "!=", TCP_LISTEN, "opened");
  rememberListener(b, socket.sock, slots);
  asm.store(4, "r10", slots.action, SOCKET_ACTION.listen).label("opened");
  socket.keep(slots.owner);
  b.leaveIf(newState, "!=", TCP_LISTEN);
}

/** A connection is there: of who opened it, or of the listener that accepts it. */
function establishes({ b, socket, structs, slots, oldState }: TcpProgram): void {
  const { asm } = b;
  const isKnown = asm.freshLabel("known");
  const isNew = asm.freshLabel("new");
  const { since, cookie, pid } = socketOwner.fields;
  socket.find();
  asm.jumpIf("r0", "==", 0, isNew).load(4, "r1", "r0", pid.offset).jumpIf("r1", "!=", 0, isKnown);
  asm.label(isNew);
  b.leaveIf(oldState, "!=", TCP_SYN_RECV);
  clearListenerKey(b, slots.key);
  writeListenerKey(b, structs, slots.key);
  findListener(b, slots);
  copyOwner(b, slots.owner);
  socket.makeCookie(slots.now);
  asm.store(8, "r10", slots.owner + cookie.offset, "r0");
  asm.load(8, "r1", "r10", slots.now).store(8, "r10", slots.owner + since.offset, "r1");
  asm.store(4, "r10", slots.action, SOCKET_ACTION.accept);
  socket.keep(slots.owner);
  asm.jump("report").label(isKnown).store(4, "r10", slots.action, SOCKET_ACTION.connect);
  asm.note("since = now").load(8, "r1", "r10", slots.now).store(8, "r0", since.offset, "r1");
}

/** A socket is closed: a connection that never was is one that failed. */
function closes({ b, socket, structs, slots, oldState }: TcpProgram): void {
  const { asm } = b;
  asm.jumpIf(oldState, "!=", TCP_LISTEN, "closed");
  clearListenerKey(b, slots.key);
  writeListenerKey(b, structs, slots.key);
  forgetListener(b, socket.sock, slots);
  asm.label("closed");
  b.leaveIf(oldState, "==", TCP_CLOSE);
  socket.find();
  b.leaveIf("r0", "==", 0);
  asm.load(4, "r1", "r0", socketOwner.fields.pid.offset);
  b.leaveIf("r1", "==", 0);
  socket.end(slots.owner);
  asm.store(4, "r10", slots.action, SOCKET_ACTION.connect).jumpIf(oldState, "==", TCP_SYN_SENT, "report");
  asm.store(4, "r10", slots.action, SOCKET_ACTION.close);
}

/** The owner is the running process. */
function writeOwner(b: ProgramBuilder, task: Pointer, { owner, now }: TcpProgram["slots"]): void {
  const { pid, tid, start_time, since } = socketOwner.fields;
  const put = (size: 4 | 8, place: { offset: number }, path: string, name: string): void => {
    b.load("r1", task, path, name);
    b.asm.store(size, "r10", owner + place.offset, "r1");
  };
  put(4, pid, "tgid", "tgid");
  put(4, tid, "pid", "tid");
  put(8, start_time, "group_leader.start_boottime", "start");
  b.asm.note("since = now").load(8, "r1", "r10", now);
  b.asm.store(8, "r10", owner + since.offset, "r1");
}
