import { describe, expect, test } from "bun:test";
import type { ProcfsProcess } from "../../../../src/source/sensor/procfs/procfs.ts";
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
    readFrom: readAt,
    readUntil: readAt + 1000n,
    namespacePids: [pid],
    executable,
    cwd: "/",
    arguments: new Uint8Array(),
    auid: 0,
    cgroupNames: [],
    credentials: credentialsOfUser(0),
  };
}

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
      expect(runningAtStart(before, after, records).map(({ executable }) => executable)).toEqual([
        ...expected,
      ]);
    });
  }

  test("parents come before children", () => {
    const after = [
      seen(9, 7, "", AFTER),
      seen(3, 9, "", AFTER),
      seen(7, 1, "", AFTER),
      seen(8, 7, "", AFTER),
    ];
    expect(runningAtStart([], after, []).map(({ pid }) => pid)).toEqual([7, 9, 3, 8]);
  });
});
