import { describe, expect, test } from "bun:test";
import type { ProcessName, ProcfsProcess, ProcfsScan } from "../../../../src/source/sensor/procfs/procfs.ts";
import {
  type EarlyRecord,
  isBeforeStart,
  runningAtStart,
} from "../../../../src/source/sensor/procfs/startup.ts";
import { credentialsOfUser } from "../made-up.ts";

const SECOND = 1_000_000_000n;
const ATTACHED = 100n * SECOND;

/** A process as procfs shows it, read at a time. */
function seen(pid: number, parentPid: number, executable: string, readAt: bigint): ProcfsProcess {
  return {
    pid,
    directory: `/proc/${pid}`,
    parentPid,
    start: BigInt(pid) * SECOND,
    readUntil: readAt + 1000n,
    namespacePids: [pid],
    executable,
    cwd: "/",
    arguments: new Uint8Array(),
    auid: 0,
    container: { id: "", mayBeForged: false },
    credentials: credentialsOfUser(0),
  };
}

/** A second reading in which no process was about to end, or only these were. */
function scan(processes: readonly ProcfsProcess[], ending: readonly ProcessName[] = []): ProcfsScan {
  return { processes, ending };
}

/** A process of which all threads end. */
const ending = (pid: number): ProcessName => ({ pid, start: BigInt(pid) * SECOND });

/** What the kernel reports; its start is exact, where procfs knows 10 ms. */
function record(kind: EarlyRecord["kind"], pid: number, time: bigint): EarlyRecord {
  return { kind, pid, start: BigInt(pid) * SECOND + 1_234_567n, time };
}

const BEFORE = ATTACHED - SECOND;
const AFTER = ATTACHED + SECOND;

describe("isBeforeStart()", () => {
  const times = { attached: ATTACHED, scanned: AFTER };
  for (const [name, start, time, expected] of [
    ["began before the programs were attached and ended before the second reading", -1n, 1n, true],
    ["began after the programs were attached", 1n, 2n, false],
    ["ended after the second reading", -1n, 2n * SECOND, false],
  ] as const) {
    test(`a process that ${name}: ${expected}`, () => {
      expect(isBeforeStart({ start: ATTACHED + start, time: ATTACHED + time }, times)).toBe(expected);
    });
  }
});

describe("runningAtStart()", () => {
  for (const [name, before, after, records, expected] of [
    ["a process that runs on", [seen(5, 1, "/a", BEFORE)], [seen(5, 1, "/a", AFTER)], [], ["/a"]],
    ["one that ended before the programs were attached", [seen(5, 1, "/a", BEFORE)], [], [], []],
    [
      "one that ended before it could be read again",
      [seen(5, 1, "/a", BEFORE)],
      [],
      [record("exit", 5, ATTACHED + 1n)],
      ["/a"],
    ],
    ["one that began before the programs were attached", [], [seen(5, 1, "/a", AFTER)], [], ["/a"]],
    [
      "one that began after",
      [],
      [seen(5, 1, "/a", AFTER)],
      [record("fork", 5, ATTACHED + 1n), record("exec", 5, ATTACHED + 2n)],
      [],
    ],
    [
      "one that executed another program unseen",
      [seen(5, 1, "/old", BEFORE)],
      [seen(5, 1, "/new", AFTER)],
      [],
      ["/new"],
    ],
    [
      "one that executed another program before it was read again",
      [seen(5, 1, "/old", BEFORE)],
      [seen(5, 1, "/new", AFTER)],
      [record("exec", 5, ATTACHED + 1n)],
      ["/old"],
    ],
    [
      "one that nobody had read when it executed another program",
      [],
      [seen(5, 1, "/new", AFTER)],
      [record("exec", 5, ATTACHED + 1n)],
      [],
    ],
    [
      "one that executed another program after it was read",
      [seen(5, 1, "/a", BEFORE)],
      [seen(5, 1, "/a", AFTER)],
      [record("exec", 5, AFTER + SECOND)],
      ["/a"],
    ],
    [
      "one that executed another program and ended",
      [seen(5, 1, "/old", BEFORE)],
      [],
      [record("exec", 5, ATTACHED + 1n), record("exit", 5, ATTACHED + 2n)],
      ["/old"],
    ],
  ] as const) {
    test(name, () => {
      const { running, ending } = runningAtStart(before, scan(after), records);
      expect(running.map(({ executable }) => executable)).toEqual([...expected]);
      expect(ending).toEqual([]);
    });
  }

  for (const [name, before, after, records, expected] of [
    ["released the program that was read before", [seen(5, 1, "/a", BEFORE)], [], [], "/a"],
    [
      "released it, and whose end was recorded then",
      [seen(5, 1, "/a", BEFORE)],
      [],
      [record("exit", 5, AFTER)],
      "/a",
    ],
    ["released a program that nobody has read", [], [], [], undefined],
    ["still has its program", [], [seen(5, 1, "/a", AFTER)], [], "/a"],
    [
      "executed its last program after the first reading",
      [seen(5, 1, "/old", BEFORE)],
      [seen(5, 1, "/new", AFTER)],
      [record("exec", 5, ATTACHED + 1n)],
      "/old",
    ],
    [
      "executed one that it has released",
      [seen(5, 1, "/old", BEFORE)],
      [],
      [record("exec", 5, ATTACHED + 1n)],
      "/old",
    ],
    [
      "has its whole life in the ring",
      [],
      [seen(5, 1, "/a", AFTER)],
      [record("fork", 5, ATTACHED + 1n), record("exec", 5, ATTACHED + 2n)],
      undefined,
    ],
  ] as const) {
    test(`one that is about to end and ${name} waits for a record`, () => {
      const report = runningAtStart(before, scan(after, [ending(5)]), records);
      expect(report.running).toEqual([]);
      expect(report.ending).toMatchObject([{ pid: 5, start: 5n * SECOND }]);
      expect(report.ending[0]?.process?.executable).toBe(expected);
    });
  }

  test("parents come before children", () => {
    const after = [
      seen(9, 7, "", AFTER),
      seen(3, 9, "", AFTER),
      seen(7, 1, "", AFTER),
      seen(8, 7, "", AFTER),
    ];
    expect(runningAtStart([], scan(after), []).running.map(({ pid }) => pid)).toEqual([7, 9, 3, 8]);
  });
});
