/**
 * @module The programs on `connect(2)`, for UDP sockets, which have no tracepoint: they run for the sockets of a
 * cgroup, in the process, before the kernel has chosen the socket's own address.
 */
import type { TypeSource } from "../btf/index.ts";
import { type ConnectProgram, ProgramBuilder, RecordWriter } from "../program/index.ts";
import { SENSOR_MAPS } from "./maps.ts";
import { IPPROTO_UDP } from "./network.ts";
import { RECORD_KIND, SOCKET_ACTION, socketRecord } from "./records.ts";
import { leaveUnlessInScope, type Scope } from "./scope.ts";

/** What a program returns to let the connection go on; it never does anything else. */
const ALLOW = 1;

/** Offsets in `struct bpf_sock_addr` of `<linux/bpf.h>`, which is stable. */
const SOCK_ADDR = { user_family: 0, user_ip4: 4, user_ip6: 8, user_port: 24, protocol: 36 } as const;

/** Assembles the program for IPv4 or IPv6. */
export function connectProgram(types: TypeSource, family: 4 | 6, scope: Scope | undefined): ConnectProgram {
  const b = new ProgramBuilder(types, ALLOW);
  b.asm.note("protocol").load(4, "r1", "r6", SOCK_ADDR.protocol);
  b.leaveIf("r1", "!=", IPPROTO_UDP);
  const task = b.currentTask("task");
  leaveUnlessInScope(b, task, scope);
  const cookie = b.asm.slot("cookie");
  b.asm.note("cookie").set("r1", "r6").call("get_socket_cookie").store(8, "r10", cookie, "r0");

  const record = RecordWriter.inRing(b, socketRecord, SENSOR_MAPS);
  const fromContext = (field: Parameters<typeof record.register>[0], offset: number): void => {
    b.asm.note(field).load(4, "r1", "r6", offset);
    record.register(field, "r1");
  };
  record.constant("kind", RECORD_KIND.socket);
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
  if (family === 4) fromContext("destination4", SOCK_ADDR.user_ip4);
  else record.constant("destination4", 0);
  for (const part of [0, 1, 2, 3] as const) {
    record.constant(`source6_${part}`, 0);
    if (family === 6) fromContext(`destination6_${part}`, SOCK_ADDR.user_ip6 + part * 4);
    else record.constant(`destination6_${part}`, 0);
  }
  for (const field of ["source4", "source_port", "state", "flags", "mark", "priority", "since"] as const) {
    record.constant(field, 0);
  }
  for (const count of ["bytes_sent", "bytes_retransmitted", "bytes_received"] as const) {
    record.constant(count, 0);
  }
  record.submit();
  return { name: `tetrad_connect${family}`, family, assembly: b.finish() };
}
