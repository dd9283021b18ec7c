/** @module Records of a process that begins, executes /bin/true and ends, as the sensor's programs write them. */
import { readFileSync } from "node:fs";
import { execRecord, exitRecord, forkRecord, RECORD_KIND } from "../../src/kernel/sensor/index.ts";
import { PROCFS_TICK } from "../../src/source/sensor/process.ts";

/** Bytes that native/sensor-flood.c has for each record. */
const ROOM = 2048;

type Layout = typeof forkRecord | typeof execRecord | typeof exitRecord;

/** Writes a record: fields and segments that are not named are zero or empty. */
function write(
  layout: Layout,
  fields: Readonly<Record<string, number | bigint>>,
  segments: Readonly<Record<string, string>> = {},
): { readonly bytes: Buffer; readonly size: number } {
  const bytes = Buffer.alloc(ROOM);
  for (const [name, { offset, size }] of Object.entries(layout.fields)) {
    const value = BigInt(fields[name] ?? 0);
    for (let i = 0; i < size; i++) bytes[offset + i] = Number((value >> BigInt(8 * i)) & 0xffn);
  }
  let end = layout.headerSize;
  for (const [name, { lengthOffset }] of Object.entries(layout.segments)) {
    const length = bytes.write(segments[name] ?? "", end, "latin1");
    bytes.writeUInt32LE(length, lengthOffset);
    end += length;
  }
  return { bytes, size: end };
}

/** When a process began, nanoseconds since boot, to 10 ms. */
function startOf(pid: number): bigint {
  return BigInt(readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1]!.split(" ")[19]!) * PROCFS_TICK;
}

/** What `sensor-flood` reads. @param parent Process, known to the agent, that is to be the parent of them all. */
export function floodTemplates(parent: number): Uint8Array {
  const relation = { parent_pid: parent, parent_start_time: startOf(parent), ns_pid: 2, ns_level: 1 };
  const program = "/usr/bin/true\0";
  const records: [Layout, ReturnType<typeof write>][] = [
    [forkRecord, write(forkRecord, { kind: RECORD_KIND.fork, ...relation })],
    [
      execRecord,
      write(
        execRecord,
        { kind: RECORD_KIND.exec, ...relation, auid: 0xffffffff, arguments_size: program.length },
        {
          filename: "/usr/bin/true",
          cwd: "bench\0home\0",
          executable: "true\0bin\0usr\0",
          cgroup: "user.slice\0\0",
          arguments: program,
        },
      ),
    ],
    [exitRecord, write(exitRecord, { kind: RECORD_KIND.exit })],
  ];
  const numbers = records.flatMap(([{ fields }, { size }]) => [
    size,
    fields.pid.offset,
    fields.time.offset,
    fields.start_time.offset,
  ]);
  return Buffer.concat([
    Buffer.from(new Uint32Array(numbers).buffer),
    ...records.map(([, { bytes }]) => bytes),
  ]);
}
