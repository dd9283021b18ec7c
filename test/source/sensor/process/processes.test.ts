/** Events from records that a test makes up: what the kernel would hardly do on demand. */
import { describe, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import type { RecordValues } from "../../../../scripts/bench/encode-record.ts";
import { BATCH_CAPACITY } from "../../../../src/event/batch.ts";
import { isValidEvent } from "../../../../src/event/validate.ts";
import { PATH_END } from "../../../../src/kernel/program/index.ts";
import { bootNanoseconds } from "../../../../src/os/boot-time.ts";
import { BootClock } from "../../../../src/source/sensor/event/clock.ts";
import { decodeExecs } from "../../../../src/source/sensor/probe/exec/decode.ts";
import { execRecord } from "../../../../src/source/sensor/probe/exec/record.ts";
import { decodeExits } from "../../../../src/source/sensor/probe/exit/decode.ts";
import { exitRecord } from "../../../../src/source/sensor/probe/exit/record.ts";
import { decodeForks } from "../../../../src/source/sensor/probe/fork/decode.ts";
import { forkRecord } from "../../../../src/source/sensor/probe/fork/record.ts";
import { moveRecord } from "../../../../src/source/sensor/probe/move/record.ts";
import { FLAG } from "../../../../src/source/sensor/process/flags.ts";
import { ImagePool } from "../../../../src/source/sensor/process/image-pool.ts";
import { Metadata } from "../../../../src/source/sensor/process/metadata.ts";
import { ProcessTable } from "../../../../src/source/sensor/process/process-table.ts";
import { Processes } from "../../../../src/source/sensor/process/processes.ts";
import type { ProcfsProcess } from "../../../../src/source/sensor/procfs/procfs.ts";
import type { EndingProcess } from "../../../../src/source/sensor/procfs/startup.ts";
import type { SensorSettings } from "../../../../src/source/sensor/settings.ts";
import { collectEvents, credentialsOfUser, placeRecord } from "../made-up.ts";
import { createProcfs } from "../made-up-procfs.ts";
import type { ProcessEvent, SensorEvent } from "../support.ts";

const SECOND = 1_000_000_000n;
const bytes = (value: string): Uint8Array => new TextEncoder().encode(value);

function createTracker(options: Partial<SensorSettings> = {}, procfs = "/nonexistent") {
  const settings = { nodeName: "node", clusterName: "cluster", ...options };
  const table = new ProcessTable(options.processCacheSize ?? 100, options.ancestors === true);
  const clocks = { now: SECOND, offset: 1_700_000_000n * SECOND };
  const clock = new BootClock({ wall: () => clocks.now + clocks.offset, boot: () => clocks.now });
  const { collector, lines, events } = collectEvents(settings, clock);
  const metadata = new Metadata(settings, procfs);
  const { maxArgumentsSize } = settings;
  const processes = new Processes({
    procfs,
    table,
    metadata,
    events: collector,
    maxArgumentsSize,
  });
  const context = { settings, processes, metadata, events: collector };
  const forks = decodeForks(context);
  const execs = decodeExecs(context);
  const exits = decodeExits(context);
  const tracker = {
    kernel: () => processes.kernel(),
    running: processes.running.bind(processes),
    startedAt: processes.startedAt.bind(processes),
    moved: processes.moved.bind(processes),
    settle: () => processes.settle(true),
    fork: forks.decode,
    exec: execs.decode,
    exit: exits.decode,
  };
  /** What was told so far. */
  const told = (): SensorEvent[] => {
    const all = events();
    for (const event of all) expect(isValidEvent(event)).toBe(true);
    return all;
  };
  return { tracker, table, told, lines, clock, clocks };
}

function fork(pid: number, start: bigint, parent: { pid: number; start: bigint }) {
  return placeRecord(forkRecord, {
    pid,
    start_time: start,
    time: start,
    parent_pid: parent.pid,
    parent_start_time: parent.start,
    ns_pid: pid,
  });
}

function exec(pid: number, start: bigint, time: bigint, filename: string, values: RecordValues = {}) {
  return placeRecord(execRecord, {
    pid,
    start_time: start,
    time,
    parent_pid: 1,
    parent_start_time: SECOND,
    ns_pid: pid,
    auid: 0xffffffff,
    euid: 1000,
    filename,
    cwd: "home\0",
    executable: `${filename.split("/").slice(1).toReversed().join("\0")}\0`,
    ...values,
  });
}

function exit(pid: number, start: bigint, time: bigint, code = 0) {
  return placeRecord(exitRecord, { pid, start_time: start, time, leader_exit_code: code });
}

const init: ProcfsProcess = {
  pid: 1,
  directory: "/nonexistent/1",
  parentPid: 0,
  start: SECOND,
  readUntil: 0n,
  namespacePids: [1],
  executable: "/sbin/init",
  cwd: "/",
  arguments: bytes("/sbin/init\0splash\0"),
  auid: 0xffffffff,
  container: { id: "", mayBeForged: false },
  credentials: credentialsOfUser(0),
};

const decodeId = (event: ProcessEvent | undefined): string =>
  Buffer.from(event?.process.exec_id ?? "", "base64").toString();

describe("processes", () => {
  test("the first process descends from the kernel", () => {
    const { tracker, told } = createTracker();
    tracker.kernel();
    tracker.running(init, new ImagePool());
    expect(decodeId(told()[0]?.process_exec)).toBe("node:1:0");
    expect(told()[0]?.process_exec?.process.binary).toBe("<kernel>");
    expect(told()[1]?.process_exec?.process).toMatchObject({
      pid: 1,
      binary: "/sbin/init",
      arguments: "splash",
      flags: "procFS rootcwd",
      parent_exec_id: told()[0]!.process_exec!.process.exec_id,
      in_init_tree: false,
    });
    expect(told()[1]).toMatchObject({ node_name: "node", cluster_name: "cluster" });
  });

  test("arguments that procfs shows are cut at the same length, and flagged", () => {
    const { tracker, told } = createTracker({ maxArgumentsSize: 8192 });
    tracker.running({ ...init, arguments: bytes(`init\0${"x".repeat(20_000)}\0`) }, new ImagePool());
    expect(told()[0]?.process_exec?.process.flags).toBe("procFS truncArgs rootcwd");
    expect(told()[0]?.process_exec?.process.arguments).toHaveLength(8192);
  });

  test("a fork of a process that procfs has told of is not a second process", () => {
    const { tracker, table } = createTracker();
    tracker.running(init, new ImagePool());
    tracker.fork(fork(1, SECOND + 5n, { pid: 0, start: 1n }));
    expect(table.findByPid(1)?.flags).toBe(FLAG.procFS | FLAG.rootcwd);
  });

  test("a pid that is used again is another process", () => {
    const { tracker, table, told } = createTracker();
    tracker.running(init, new ImagePool());
    tracker.fork(fork(50, 10n * SECOND, { pid: 1, start: SECOND }));
    tracker.exec(exec(50, 10n * SECOND, 11n * SECOND, "/bin/first"));
    // Its end was lost.
    tracker.fork(fork(50, 20n * SECOND, { pid: 1, start: SECOND }));
    tracker.exec(exec(50, 20n * SECOND, 21n * SECOND, "/bin/second"));
    tracker.exit(exit(50, 20n * SECOND, 22n * SECOND));
    const [, first, second] = told().map((event) => event.process_exec);
    expect([decodeId(first), decodeId(second)]).toEqual(["node:11000000000:50", "node:21000000000:50"]);
    expect(second?.process).toMatchObject({ binary: "/bin/second", flags: "execve clone" });
    expect(second?.parent?.pid).toBe(1);
    expect(told().at(-1)?.process_exit?.process.exec_id).toBe(second!.process.exec_id);
    expect(table.size).toBe(1);
    expect(table.findByPid(1)?.references).toBe(1);
  });

  test("a second record of one end is dropped", () => {
    const { tracker, told } = createTracker();
    tracker.running(init, new ImagePool());
    tracker.fork(fork(50, 10n * SECOND, { pid: 1, start: SECOND }));
    tracker.exit(exit(50, 10n * SECOND, 11n * SECOND));
    tracker.exit(exit(50, 10n * SECOND, 11n * SECOND + 5n));
    expect(told().filter((event) => event.process_exit !== undefined)).toHaveLength(1);
  });

  test("the end of an unknown process is told by pid and start", () => {
    const { tracker, told } = createTracker();
    tracker.exit(exit(70, 5n * SECOND, 6n * SECOND));
    expect(told()[0]?.process_exit?.process).toEqual({
      pid: 70,
      start_time: expect.any(String),
      tid: 70,
    } as never);
    expect(told()[0]?.process_exit?.parent).toBeUndefined();
  });

  test("the end of a process that the start left unknown is not told", () => {
    const { tracker, told } = createTracker();
    tracker.startedAt({ attached: 10n * SECOND, scanned: 11n * SECOND }, []);
    tracker.exit(exit(70, 9n * SECOND, 10n * SECOND));
    expect(told()).toEqual([]);
    tracker.exit(exit(70, 9n * SECOND, 12n * SECOND));
    expect(told()).toHaveLength(1);
  });

  test("any number of processes may come into the scope at once", () => {
    const pids = Array.from({ length: 2 * BATCH_CAPACITY + 1 }, (_, i) => 100 + i);
    const procfs = createProcfs(pids, 500, [{ executable: "/bin/prog" }]);
    try {
      const { tracker, told } = createTracker({ processCacheSize: 2 * pids.length }, procfs);
      for (const pid of pids)
        tracker.moved(placeRecord(moveRecord, { pid, start_time: 5n * SECOND + 1_234_567n }));
      tracker.settle();
      expect(told().map((event) => event.process_exec?.process.pid)).toEqual(pids);
    } finally {
      rmSync(procfs, { recursive: true });
    }
  });

  test("a program that procfs shows before its execution is recorded is told once", () => {
    const procfs = createProcfs([100, 101], 500, [{ executable: "/bin/prog" }]);
    try {
      const { tracker, told } = createTracker({}, procfs);
      const start = 5n * SECOND + 1_234_567n;
      for (const pid of [100, 101]) tracker.moved(placeRecord(moveRecord, { pid, start_time: start }));
      const later = bootNanoseconds() + SECOND;
      tracker.exec(exec(100, start, later, "/bin/prog"));
      tracker.exec(exec(101, start, later, "/bin/other"));
      tracker.settle();
      const programs = told().map((event) => [
        event.process_exec!.process.pid,
        event.process_exec!.process.binary,
        event.process_exec!.process.flags!.includes("procFS"),
      ]);
      expect(programs).toEqual([
        [100, "/bin/prog", false],
        [101, "/bin/prog", true],
        [101, "/bin/other", false],
      ]);
    } finally {
      rmSync(procfs, { recursive: true });
    }
  });

  describe("a process that was about to end when procfs was read", () => {
    const start = 9n * SECOND;
    const found: ProcfsProcess = { ...init, pid: 70, parentPid: 1, start, executable: "/bin/true" };
    const begin = (ending: EndingProcess) => {
      const { tracker, table, told } = createTracker();
      tracker.running(init, new ImagePool());
      tracker.startedAt({ attached: 10n * SECOND, scanned: 11n * SECOND }, [ending]);
      return { tracker, table, told: () => told().slice(1) };
    };

    test("is told with its end, which comes later, when its program was read in time", () => {
      const { tracker, table, told } = begin({ pid: 70, start, process: found });
      expect(told()).toEqual([]);
      tracker.exit(exit(70, start + 1_234_567n, 12n * SECOND));
      tracker.exit(exit(70, start + 1_234_567n, 12n * SECOND + 5n));
      const [began, ended, ...rest] = told();
      expect(began?.process_exec?.process).toMatchObject({ pid: 70, binary: "/bin/true" });
      expect(began?.process_exec?.process.flags).toContain("procFS");
      expect(ended?.process_exit?.process.exec_id).toBe(began!.process_exec!.process.exec_id);
      expect(ended?.process_exit?.parent?.pid).toBe(1);
      expect(rest).toEqual([]);
      expect(table.size).toBe(1);
    });

    test("is told as the parent of what executes, and with the program that it executed before that", () => {
      const { tracker, told } = begin({ pid: 70, start, process: found });
      tracker.exec(
        exec(71, 9n * SECOND, 10n * SECOND, "/bin/child", { parent_pid: 70, parent_start_time: start + 5n }),
      );
      tracker.exec(exec(70, start + 5n, 10n * SECOND + 1n, "/bin/last"));
      tracker.exit(exit(70, start + 5n, 12n * SECOND));
      expect(told().map((event) => (event.process_exec ?? event.process_exit)?.process.binary)).toEqual([
        "/bin/true",
        "/bin/child",
        "/bin/last",
        "/bin/last",
      ]);
      expect(told()[1]?.process_exec?.parent?.exec_id).toBe(told()[0]!.process_exec!.process.exec_id);
      expect(told()[2]?.process_exec?.parent?.exec_id).toBe(told()[0]!.process_exec!.process.exec_id);
    });

    test("is not told, nor its end, when its program was gone already", () => {
      const { tracker, told } = begin({ pid: 70, start, process: undefined });
      tracker.exit(exit(70, start + 1_234_567n, 12n * SECOND));
      tracker.exit(exit(70, start + 1_234_567n, 12n * SECOND + 5n));
      expect(told()).toEqual([]);
    });

    test("is another one than what has its pid later", () => {
      const { tracker, told } = begin({ pid: 70, start, process: found });
      tracker.fork(fork(70, 20n * SECOND, { pid: 1, start: SECOND }));
      tracker.exit(exit(70, 20n * SECOND, 21n * SECOND));
      expect(told().map((event) => event.process_exit?.process.binary)).toEqual(["/sbin/init"]);
    });
  });

  test("a program is told by the path of its file, whatever it was named by, and by that name beside it", () => {
    const { tracker, told } = createTracker();
    const executable = "prog\0bin\0";
    const names = ["/dev/fd/3", "../bin/./x", "/bin/prog"];
    for (const [i, name] of names.entries())
      tracker.exec(exec(50 + i, 10n * SECOND, 11n * SECOND, name, { executable }));
    tracker.exec(exec(60, 10n * SECOND, 11n * SECOND, "prog", { executable, executable_unlinked: 1 }));
    tracker.exec(
      exec(61, 10n * SECOND, 11n * SECOND, "prog", { executable, executable_end: PATH_END.alone }),
    );
    tracker.exec(
      exec(62, 10n * SECOND, 11n * SECOND, "prog", { executable, executable_end: PATH_END.unreachable }),
    );
    const programs = told().map((event) => event.process_exec?.process);
    expect(programs.map((process) => [process?.binary, process?.filename])).toEqual([
      ["/bin/prog", "/dev/fd/3"],
      ["/bin/prog", "../bin/./x"],
      ["/bin/prog", undefined],
      ["/bin/prog (deleted)", "prog"],
      ["/bin/prog (deleted)", "prog"],
      ["(unreachable)/bin/prog", "prog"],
    ]);
  });

  test("an end tells the references that are left, none of a process without children; a beginning tells none", () => {
    const { tracker, told } = createTracker();
    tracker.running(init, new ImagePool());
    for (const pid of [50, 51]) {
      tracker.fork(fork(pid, 10n * SECOND, { pid: 1, start: SECOND }));
      tracker.exec(exec(pid, 10n * SECOND, 11n * SECOND, "/bin/prog"));
    }
    tracker.fork(fork(60, 12n * SECOND, { pid: 50, start: 10n * SECOND }));
    for (const pid of [50, 51]) tracker.exit(exit(pid, 10n * SECOND, 13n * SECOND));
    const counts = told().map((event) => {
      const { process, parent } = (event.process_exec ?? event.process_exit)!;
      return [process.refcnt, parent?.refcnt];
    });
    // init; the two that begin; their ends: 60 still has 50 as its parent.
    expect(counts).toEqual([
      [undefined, undefined],
      [undefined, undefined],
      [undefined, undefined],
      [1, 2],
      [undefined, 1],
    ]);
  });

  test("ancestors go up to init, and do not tell of the kernel", () => {
    const { tracker, told } = createTracker({ ancestors: true });
    tracker.kernel();
    tracker.running(init, new ImagePool());
    let parent = { pid: 1, start: SECOND };
    for (const pid of [50, 51, 52]) {
      tracker.fork(fork(pid, 10n * SECOND, parent));
      tracker.exec(
        exec(pid, 10n * SECOND, 11n * SECOND, "/bin/prog", {
          parent_pid: parent.pid,
          parent_start_time: parent.start,
        }),
      );
      parent = { pid, start: 10n * SECOND };
    }
    expect(
      told().map(({ process_exec }) => [
        process_exec?.process.pid,
        process_exec?.ancestors?.map(({ pid }) => pid),
      ]),
    ).toEqual([
      [0, undefined],
      [1, undefined],
      [50, undefined],
      [51, [1]],
      [52, [50, 1]],
    ]);
  });

  test("members have Tetragon's order, with everything that options add", () => {
    const { tracker, lines } = createTracker({
      credentials: true,
      namespaces: true,
      environment: true,
      ancestors: true,
    });
    tracker.running(init, new ImagePool());
    const values = {
      euid: 1000,
      cap_effective: 1n,
      ns_mnt: 7,
      nlink: 0,
      inode: 9,
      cgroup: `docker-${"0123456789abcdef".repeat(4)}.scope\0`,
      environment: "A=1\0",
      environment_size: 4,
    };
    tracker.fork(fork(50, 10n * SECOND, { pid: 1, start: SECOND }));
    tracker.exec(exec(50, 10n * SECOND, 11n * SECOND, "/bin/first", values));
    tracker.exec(exec(50, 10n * SECOND, 12n * SECOND, "/bin/second", values));
    tracker.exit(exit(50, 10n * SECOND, 13n * SECOND, 9));
    const names = lines().map((line) =>
      [...line.matchAll(/"([a-z_A-Z]+)":/g)].map(([, name]) => name).join(" "),
    );
    const credentials = "tid process_credentials uid gid euid egid suid sgid fsuid fsgid";
    const identity = "exec_id pid uid cwd binary flags start_time auid docker parent_exec_id";
    const image = `cap effective ns mnt inum ${credentials}`;
    const rest = "in_init_tree environment_variables Key Value";
    const properties = "binary_properties file inode number links path";
    const first = `exec_id pid uid cwd binary arguments flags start_time auid parent_exec_id cap ns ${credentials} in_init_tree`;
    const firstAtEnd = first.replace("parent_exec_id", "parent_exec_id refcnt");
    const own = `process ${identity} ${image} ${properties} ${rest}`;
    const end = "node_name time cluster_name";
    expect(names.slice(1)).toEqual([
      `process_exec ${own} parent ${first} ${end}`,
      `process_exec ${own} parent ${identity} ${image} ${rest} ancestors ${first} ${end}`,
      `process_exit process ${identity} ${image} ${rest} parent ${identity} ${image} ${rest} signal time ancestors ${firstAtEnd} ${end}`,
    ]);
  });

  test("a process begins at one time, whatever happens to the wall clock meanwhile", () => {
    const { tracker, told, clock, clocks } = createTracker();
    tracker.exec(exec(50, 10n * SECOND, 11n * SECOND, "/bin/prog"));
    // Events are handed over before anybody looks at the wall clock again.
    expect(told()).toHaveLength(1);
    clocks.offset += 3600n * SECOND;
    clock.synchronize();
    tracker.fork(fork(51, 12n * SECOND, { pid: 50, start: 10n * SECOND }));
    tracker.exec(
      exec(51, 12n * SECOND, 12n * SECOND, "/bin/prog", { parent_pid: 50, parent_start_time: 10n * SECOND }),
    );
    tracker.exit(exit(50, 10n * SECOND, 13n * SECOND));
    const [first, second, last] = told();
    const begin = first?.process_exec?.process.start_time;
    expect(begin).toBe("2023-11-14T22:13:31Z");
    expect(second?.process_exec?.parent?.start_time).toBe(begin!);
    expect(last?.process_exit?.process.start_time).toBe(begin!);
    expect(last?.time).toBe("2023-11-14T23:13:33Z");
  });

  test("processes that the table has forgotten, and their children, are told in JSON", () => {
    const { tracker, told } = createTracker({ processCacheSize: 2 });
    tracker.running(init, new ImagePool());
    for (let pid = 50; pid < 56; pid++) {
      tracker.fork(fork(pid, 10n * SECOND, { pid: 1, start: SECOND }));
      tracker.exec(exec(pid, 10n * SECOND, 11n * SECOND, "/bin/prog"));
    }
    for (let pid = 50; pid < 56; pid++) tracker.exit(exit(pid, 10n * SECOND, 12n * SECOND));
    expect(told()).toHaveLength(13);
  });

  test("a program that was named by a descriptor and has no path is told by that", () => {
    const { tracker, told } = createTracker();
    tracker.exec(exec(50, 10n * SECOND, 11n * SECOND, "/dev/fd/3", { executable: "" }));
    expect(told()[0]?.process_exec?.process.binary).toBe("/dev/fd/3");
  });

  test("an environment that could not be read is flagged", () => {
    const { tracker, told } = createTracker({ environment: true });
    tracker.exec(exec(50, 10n * SECOND, 11n * SECOND, "/bin/prog", { environment_size: 100 }));
    expect(told()[0]?.process_exec?.process.flags).toBe("execve errorEnvs");
  });

  test("strings that JSON must escape stay what they are", () => {
    const { tracker, told } = createTracker();
    const odd = '/tmp/"quote\\back\nline\u0001';
    tracker.exec(exec(50, 10n * SECOND, 11n * SECOND, odd));
    expect(told()[0]?.process_exec?.process.binary).toBe(odd);
  });
});
