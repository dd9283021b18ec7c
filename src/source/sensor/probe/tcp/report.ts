/** @module Reports what happened to a TCP socket. */

import { type Pointer, RecordWriter, type WriterOf } from "../../../../kernel/program/index.ts";
import { AF_INET6, IPPROTO_TCP } from "../../../../os/socket-numbers.ts";
import { SENSOR_MAPS } from "../shared/maps.ts";
import { SOCKET_ACTION, socketRecord } from "../shared/socket-record.ts";
import { hasIpv6 } from "./listener.ts";
import { socketOwner } from "./owner.ts";
import type { TcpProgram } from "./state.ts";

type SocketWriter = WriterOf<typeof socketRecord>;

/** What is counted for a socket, and what says how to read it: of interest when it is closed. */
const TRAFFIC = ["bytes_sent", "bytes_retransmitted", "bytes_received", "flags"] as const;
const PARTS = [0, 1, 2, 3] as const;

/** Sends the record. `r0` is the address of the socket's owner. */
export function report(program: TcpProgram, kind: number): void {
  const { b, structs, slots, newState } = program;
  const { asm } = b;
  const owner = asm.hold("owner", "r8");
  asm.set(owner, "r0");
  const record = RecordWriter.inRing(b, socketRecord, SENSOR_MAPS);
  record.constant("kind", kind);
  record.constant("protocol", IPPROTO_TCP);
  record.register("state", newState);
  for (const [field, size, base, at] of [
    ["time", 8, "r10", slots.now],
    ["action", 4, "r10", slots.action],
    ...ownerFields().map(([field, size, at]) => [field, size, owner, at] as const),
  ] as const) {
    asm.note(field).load(size, "r1", base, at);
    record.register(field, "r1");
  }
  owner[Symbol.dispose]();

  const { sock, tcp } = structs;
  record.read("mark", sock, "sk_mark");
  record.read("priority", sock, "sk_priority");
  // Not skc_num, which is 0 again when the socket is closed.
  record.read("source_port", tcp, "inet_conn.icsk_inet.inet_sport");
  record.read("destination_port", sock, "__sk_common.skc_dport");
  record.read("source4", sock, "__sk_common.skc_rcv_saddr");
  record.read("destination4", sock, "__sk_common.skc_daddr");
  writeIpv6(program, record, sock);
  writeTraffic(program, record);
  record.submit();
}

function ownerFields() {
  return (["cookie", "start_time", "since", "pid", "tid"] as const).map(
    (field) => [field, socketOwner.fields[field].size as 4 | 8, socketOwner.fields[field].offset] as const,
  );
}

/** The family, and of IPv6 the addresses. */
function writeIpv6({ b }: TcpProgram, record: SocketWriter, sock: Pointer): void {
  const { asm } = b;
  const done = asm.freshLabel("addressed");
  b.load("r1", sock, "__sk_common.skc_family", "family");
  record.register("family", "r1");
  for (const part of PARTS) record.constant(`source6_${part}`, 0);
  for (const part of PARTS) record.constant(`destination6_${part}`, 0);
  if (!hasIpv6(b.types)) return;
  asm.jumpIf("r1", "!=", AF_INET6, done);
  for (const part of PARTS) {
    record.read(`source6_${part}`, sock, `__sk_common.skc_v6_rcv_saddr.in6_u.u6_addr32[${part}]`);
    record.read(`destination6_${part}`, sock, `__sk_common.skc_v6_daddr.in6_u.u6_addr32[${part}]`);
  }
  asm.label(done);
}

/** What went through a socket that is closed. */
function writeTraffic({ b, structs: { sock, tcp }, slots }: TcpProgram, record: SocketWriter): void {
  const { asm } = b;
  const open = asm.freshLabel("open");
  for (const field of TRAFFIC) record.constant(field, 0);
  asm.load(4, "r1", "r10", slots.action).jumpIf("r1", "!=", SOCKET_ACTION.close, open);
  record.read("flags", sock, "__sk_common.skc_flags");
  record.read("bytes_sent", tcp, "bytes_sent");
  record.read("bytes_retransmitted", tcp, "bytes_retrans");
  record.read("bytes_received", tcp, "bytes_received");
  asm.label(open);
}
