/**
 * @module The programs on `connect(2)`, for UDP sockets, which have no tracepoint: they run for the sockets of a
 * cgroup, in the process, before the kernel has chosen an address for a socket that has none.
 */

import type { ProgramSpec } from "../../../../kernel/attach/index.ts";
import { ProgramBuilder, RecordWriter } from "../../../../kernel/program/index.ts";
import { IPPROTO_UDP } from "../../../../os/socket-numbers.ts";
import type { ProgramContext } from "../probe.ts";
import { SENSOR_MAPS } from "../shared/maps.ts";
import { leaveUnlessInScope } from "../shared/scope.ts";
import { SOCKET_ACTION, socketRecord } from "../shared/socket-record.ts";

/** What a program returns to let the connection go on; it never does anything else. */
const ALLOW = 1;

/** Offsets in `struct bpf_sock_addr` of `<linux/bpf.h>`, which is stable. */
const SOCK_ADDR = { user_family: 0, user_ip4: 4, user_ip6: 8, user_port: 24, protocol: 36, sk: 64 } as const;

/** Offsets in its `struct bpf_sock`, which is stable, too. `src_port` is in the machine's byte order, unlike all others. */
const SOCK = { mark: 16, priority: 20, src_ip4: 24, src_ip6: 28, src_port: 44 } as const;

/** Assembles the program for IPv4 or IPv6. */
export function connectProgram(
  { types, scope, kind }: ProgramContext,
  family: 4 | 6,
): ProgramSpec<"cgroup/connect4" | "cgroup/connect6"> {
  const b = new ProgramBuilder(types, ALLOW);
  b.asm.note("protocol").load(4, "r1", b.context, SOCK_ADDR.protocol);
  b.leaveIf("r1", "!=", IPPROTO_UDP);
  const task = b.currentTask("task");
  leaveUnlessInScope(b, task, scope);
  const sock = b.asm.slot("sock");
  b.asm.note("sock").load(8, "r1", b.context, SOCK_ADDR.sk);
  b.leaveIf("r1", "==", 0);
  b.asm.store(8, "r10", sock, "r1");
  const cookie = b.asm.slot("cookie");
  b.asm.note("cookie").set("r1", b.context).call("get_socket_cookie").store(8, "r10", cookie, "r0");

  const record = RecordWriter.inRing(b, socketRecord, SENSOR_MAPS);
  const fromContext = (field: Parameters<typeof record.register>[0], offset: number): void => {
    b.asm.note(field).load(4, "r1", b.context, offset);
    record.register(field, "r1");
  };
  record.constant("kind", kind);
  record.constant("action", SOCKET_ACTION.connect);
  record.constant("protocol", IPPROTO_UDP);
  record.helper("time", "ktime_get_boot_ns");
  record.read("pid", task, "tgid");
  record.read("tid", task, "pid");
  record.read("start_time", task, "group_leader.start_boottime");
  b.asm.note("cookie").load(8, "r1", "r10", cookie);
  record.register("cookie", "r1");
  fromContext("family", SOCK_ADDR.user_family);
  fromContext("destination_port", SOCK_ADDR.user_port);
  const fromSock = (field: Parameters<typeof record.register>[0], offset: number): void => {
    b.asm.note(field).load(8, "r1", "r10", sock).load(4, "r1", "r1", offset);
    record.register(field, "r1");
  };
  fromSock("mark", SOCK.mark);
  fromSock("priority", SOCK.priority);
  b.asm.note("source_port").load(8, "r1", "r10", sock).load(4, "r1", "r1", SOCK.src_port);
  b.asm.toBigEndian(2, "r1");
  record.register("source_port", "r1");
  if (family === 4) {
    fromSock("source4", SOCK.src_ip4);
    fromContext("destination4", SOCK_ADDR.user_ip4);
  } else {
    record.constant("source4", 0);
    record.constant("destination4", 0);
  }
  for (const part of [0, 1, 2, 3] as const) {
    if (family === 6) {
      fromSock(`source6_${part}`, SOCK.src_ip6 + part * 4);
      fromContext(`destination6_${part}`, SOCK_ADDR.user_ip6 + part * 4);
    } else {
      record.constant(`source6_${part}`, 0);
      record.constant(`destination6_${part}`, 0);
    }
  }
  for (const field of ["state", "flags", "since"] as const) record.constant(field, 0);
  for (const count of ["bytes_sent", "bytes_retransmitted", "bytes_received"] as const) {
    record.constant(count, 0);
  }
  record.submit();
  return b.program(`cgroup/connect${family}`, `tetrad_connect${family}`);
}
