/** Events from records that a test makes up: what the kernel would hardly do on demand. */
import { describe, expect, test } from "bun:test";
import { isValidEvent } from "../../../src/event/validate.ts";
import type { RecordViews } from "../../../src/kernel/sensor/index.ts";
import { BootClock } from "../../../src/source/sensor/clock.ts";
import { MetadataWriter } from "../../../src/source/sensor/metadata.ts";
import { ProcessTable } from "../../../src/source/sensor/process-table.ts";
import type { ProcfsProcess } from "../../../src/source/sensor/procfs.ts";
import { ProcessTracker } from "../../../src/source/sensor/tracker.ts";
import type { ProcessEvent, SensorEvent } from "./support.ts";

const SECOND = 1_000_000_000n;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function createTracker() {
  const settings = { nodeName: "node", clusterName: "cluster" };
  const events: SensorEvent[] = [];
  const table = new ProcessTable(100, false);
  const tracker = new ProcessTracker({
    settings,
    procfs: "/nonexistent",
    table,
    clock: new BootClock(),
    metadata: new MetadataWriter(settings, "/nonexistent"),
    emit: (json) => {
      const event = JSON.parse(json);
      expect(isValidEvent(event)).toBe(true);
      events.push(event);
    },
  });
  return { tracker, table, events };
}

function fork(pid: number, start: bigint, parent: { pid: number; start: bigint }): RecordViews["fork"] {
  return {
    pid,
    start_time: start,
    time: start,
    parent_pid: parent.pid,
    parent_start_time: parent.start,
    ns_pid: pid,
    ns_level: 0,
  } as RecordViews["fork"];
}

function exec(pid: number, start: bigint, time: bigint, filename: string): RecordViews["exec"] {
  return {
    pid,
    start_time: start,
    time,
    parent_pid: 1,
    parent_start_time: SECOND,
    ns_pid: pid,
    ns_level: 0,
    auid: 0xffffffff,
    euid: 1000,
    filename: bytes(filename),
    cwd: bytes("home\0"),
    executable: bytes("prog\0bin\0"),
    cgroup: new Uint8Array(),
    arguments: bytes("argv0\0"),
    arguments_size: 6n,
    cwd_incomplete: 0,
    executable_incomplete: 0,
    is_interpreted: 0,
  } as RecordViews["exec"];
}

function exit(pid: number, start: bigint, time: bigint): RecordViews["exit"] {
  return {
    pid,
    start_time: start,
    time,
    signal_flags: 0,
    group_exit_code: 0,
    leader_exit_code: 0,
  } as RecordViews["exit"];
}

const init: ProcfsProcess = {
  pid: 1,
  parentPid: 0,
  start: SECOND,
  readFrom: 0n,
  readUntil: 0n,
  namespacePids: [1],
  executable: "/sbin/init",
  cwd: "/",
  arguments: bytes("/sbin/init\0splash\0"),
  auid: 0xffffffff,
  cgroupNames: ["init.scope"],
  credentials: {
    uid: 0,
    gid: 0,
    euid: 0,
    egid: 0,
    suid: 0,
    sgid: 0,
    fsuid: 0,
    fsgid: 0,
    securebits: 0,
    cap_permitted: 0n,
    cap_effective: 0n,
    cap_inheritable: 0n,
  },
};

const decodeId = (event: ProcessEvent | undefined): string =>
  Buffer.from(event?.process.exec_id ?? "", "base64").toString();

describe("ProcessTracker", () => {
  test("the first process descends from the kernel", () => {
    const { tracker, events } = createTracker();
    tracker.kernel();
    tracker.running(init);
    expect(decodeId(events[0]?.process_exec)).toBe("node:1:0");
    expect(events[0]?.process_exec?.process.binary).toBe("<kernel>");
    expect(events[1]?.process_exec?.process).toMatchObject({
      pid: 1,
      binary: "/sbin/init",
      arguments: "splash",
      flags: "procFS rootcwd",
      parent_exec_id: events[0]!.process_exec!.process.exec_id,
      in_init_tree: false,
    });
    expect(events[1]).toMatchObject({ node_name: "node", cluster_name: "cluster" });
  });

  test("arguments that procfs shows are cut at the same length, and flagged", () => {
    const { tracker, events } = createTracker();
    tracker.running({ ...init, arguments: bytes(`init\0${"x".repeat(20_000)}\0`) });
    expect(events[0]?.process_exec?.process.flags).toBe("procFS truncArgs rootcwd");
    expect(events[0]?.process_exec?.process.arguments).toHaveLength(8192 - "init\0".length);
  });

  test("a fork of a process that procfs has told of is not a second process", () => {
    const { tracker, table } = createTracker();
    tracker.running(init);
    tracker.fork(fork(1, SECOND + 5n, { pid: 0, start: 1n }));
    expect(table.findByPid(1)?.identity.flags.procFS).toBe(true);
  });

  test("a pid that is used again is another process", () => {
    const { tracker, table, events } = createTracker();
    tracker.running(init);
    tracker.fork(fork(50, 10n * SECOND, { pid: 1, start: SECOND }));
    tracker.exec(exec(50, 10n * SECOND, 11n * SECOND, "/bin/first"));
    // Its end was lost.
    tracker.fork(fork(50, 20n * SECOND, { pid: 1, start: SECOND }));
    tracker.exec(exec(50, 20n * SECOND, 21n * SECOND, "/bin/second"));
    tracker.exit(exit(50, 20n * SECOND, 22n * SECOND));
    const [, first, second] = events.map((event) => event.process_exec);
    expect([decodeId(first), decodeId(second)]).toEqual(["node:11000000000:50", "node:21000000000:50"]);
    expect(second?.process).toMatchObject({ binary: "/bin/second", flags: "execve clone" });
    expect(second?.parent?.pid).toBe(1);
    expect(events.at(-1)?.process_exit?.process.exec_id).toBe(second!.process.exec_id);
    expect(table.size).toBe(1);
    expect(second?.parent?.refcnt).toBe(2);
  });

  test("a second record of one end is dropped", () => {
    const { tracker, events } = createTracker();
    tracker.running(init);
    tracker.fork(fork(50, 10n * SECOND, { pid: 1, start: SECOND }));
    tracker.exit(exit(50, 10n * SECOND, 11n * SECOND));
    tracker.exit(exit(50, 10n * SECOND, 11n * SECOND + 5n));
    expect(events.filter((event) => event.process_exit !== undefined)).toHaveLength(1);
  });

  test("the end of an unknown process is told by pid and start", () => {
    const { tracker, events } = createTracker();
    tracker.exit(exit(70, 5n * SECOND, 6n * SECOND));
    expect(events[0]?.process_exit?.process).toEqual({
      pid: 70,
      start_time: expect.any(String),
      tid: 70,
    } as never);
    expect(events[0]?.process_exit?.parent).toBeUndefined();
  });

  test("the end of a process that the start left unknown is not told", () => {
    const { tracker, events } = createTracker();
    tracker.startedAt({ attached: 10n * SECOND, scanned: 11n * SECOND });
    tracker.exit(exit(70, 9n * SECOND, 10n * SECOND));
    expect(events).toEqual([]);
    tracker.exit(exit(70, 9n * SECOND, 12n * SECOND));
    expect(events).toHaveLength(1);
  });

  test("a program executed by descriptor is told by its path; by a relative name, from the working directory", () => {
    const { tracker, events } = createTracker();
    tracker.exec(exec(50, 10n * SECOND, 11n * SECOND, "/dev/fd/3"));
    tracker.exec(exec(51, 10n * SECOND, 11n * SECOND, "../bin/./x"));
    expect(events.map((event) => event.process_exec?.process.binary)).toEqual(["/bin/prog", "/bin/x"]);
  });

  test("strings that JSON must escape stay what they are", () => {
    const { tracker, events } = createTracker();
    const odd = '/tmp/"quote\\back\nline\u0001';
    tracker.exec(exec(50, 10n * SECOND, 11n * SECOND, odd));
    expect(events[0]?.process_exec?.process.binary).toBe(odd);
  });
});
