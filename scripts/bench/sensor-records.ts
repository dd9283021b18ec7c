/** @module Records of a process that begins, executes /bin/true and ends, as the sensor's programs write them. */
import { readFileSync } from "node:fs";
import { PROCFS_TICK } from "../../src/source/sensor/event/clock.ts";
import { execRecord } from "../../src/source/sensor/probe/exec/record.ts";
import { exitRecord } from "../../src/source/sensor/probe/exit/record.ts";
import { forkRecord } from "../../src/source/sensor/probe/fork/record.ts";
import { kindOf } from "../../src/source/sensor/probe/index.ts";
import { encodeRecord } from "./encode-record.ts";

/** Bytes that native/sensor-flood.c has for each record. */
const ROOM = 2048;
/** What it puts the number of a process in the place of. */
const DIGITS = "00000000";

/** When a process began, nanoseconds since boot, to 10 ms. */
function startOf(pid: number): bigint {
  return BigInt(readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1]!.split(" ")[19]!) * PROCFS_TICK;
}

/**
 * What `sensor-flood` reads.
 * @param parent Process, known to the agent, that is to be the parent of them all.
 * @param cgroup Names that may hold a container's id.
 */
export function floodTemplates(parent: number, cgroup = "user.slice"): Uint8Array {
  const relation = { parent_pid: parent, parent_start_time: startOf(parent), ns_pid: 2, ns_level: 1 };
  const commandLine = `--item=${DIGITS}\0`;
  const records = [
    [forkRecord, encodeRecord(forkRecord, { kind: kindOf({ name: "fork" }), ...relation })],
    [
      execRecord,
      encodeRecord(execRecord, {
        kind: kindOf({ name: "exec" }),
        ...relation,
        auid: 0xffffffff,
        arguments_size: commandLine.length,
        filename: "/usr/bin/true",
        cwd: "bench\0home\0",
        cgroup: `${cgroup}\0\0`,
        arguments: commandLine,
      }),
    ],
    [exitRecord, encodeRecord(exitRecord, { kind: kindOf({ name: "exit" }) })],
  ] as const;
  const numbers = records.flatMap(([{ fields }, bytes]) => [
    bytes.length,
    fields.pid.offset,
    fields.time.offset,
    fields.start_time.offset,
    Math.max(0, bytes.indexOf(DIGITS)),
  ]);
  return Buffer.concat([
    Buffer.from(new Uint32Array(numbers).buffer),
    ...records.map(([, bytes]) => Buffer.concat([bytes, Buffer.alloc(ROOM - bytes.length)])),
  ]);
}
