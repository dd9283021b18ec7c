/** Processes as procfs shows them at moments that a test cannot wait for. */
import { afterAll, describe, expect, test } from "bun:test";
import { copyFileSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PF_EXITING, PF_KTHREAD } from "../../../../src/source/sensor/probe/shared/task-flags.ts";
import { readProcess, scanProcesses } from "../../../../src/source/sensor/procfs/procfs.ts";
import { createProcfs, type MadeUpThread } from "../made-up-procfs.ts";

const PID = 4321;
/** Hundredths of a second. */
const START_TICKS = 700;
const START = 7_000_000_000n;

const roots: string[] = [];
afterAll(() => {
  for (const root of roots) rmSync(root, { recursive: true });
});

/** A procfs with one process, of which the first thread comes first. */
function madeUp(...threads: readonly MadeUpThread[]): string {
  const root = createProcfs([PID], START_TICKS, threads);
  roots.push(root);
  return root;
}

describe("readProcess()", () => {
  test("reads a process", () => {
    const procfs = madeUp({ executable: "/bin/prog" });
    expect(readProcess(procfs, PID)).toMatchObject({
      pid: PID,
      start: START,
      isEnding: false,
      process: { executable: "/bin/prog", cwd: "/", directory: join(procfs, String(PID)) },
    });
  });

  for (const [name, state] of [
    ["has ended", "Z"],
    ["is about to end, and has released its program", "R"],
  ] as const) {
    test(`reads another thread when the first one ${name}`, () => {
      const procfs = madeUp({ state, flags: PF_EXITING }, { flags: PF_EXITING }, { executable: "/bin/prog" });
      expect(readProcess(procfs, PID)).toMatchObject({
        isEnding: false,
        process: { executable: "/bin/prog", directory: join(procfs, `${PID}/task/${PID + 2}`) },
      });
    });
  }

  test("knows one that has released its program and not yet ended", () => {
    const ending = { pid: PID, start: START, isEnding: true, process: undefined };
    expect(readProcess(madeUp({ state: "R", flags: PF_EXITING }), PID)).toEqual(ending);
    expect(readProcess(madeUp({ state: "Z", flags: PF_EXITING }, { flags: PF_EXITING }), PID)).toEqual(
      ending,
    );
  });

  test("knows one that is about to end and still has its program", () => {
    const procfs = madeUp({ flags: PF_EXITING, executable: "/bin/prog" });
    expect(readProcess(procfs, PID)).toMatchObject({
      isEnding: true,
      process: { executable: "/bin/prog" },
    });
  });

  for (const [name, thread] of [
    ["has ended", { state: "Z", flags: PF_EXITING }],
    ["is being removed", { state: "X", flags: PF_EXITING }],
    ["is a thread of the kernel's", { flags: PF_KTHREAD }],
    ["cannot be read though it does not end", {}],
  ] as const) {
    test(`shows none that ${name}`, () => {
      expect(readProcess(madeUp(thread), PID)).toBeUndefined();
    });
  }

  test("reads the arguments of the program that it reads, of a process that executes one after the other", async () => {
    const directory = mkdtempSync(join(tmpdir(), "tetrad-programs-"));
    roots.push(directory);
    const [one, two] = ["one", "two"].map((name) => join(directory, name)) as [string, string];
    for (const [program, next] of [
      [one, two],
      [two, one],
    ] as const) {
      copyFileSync(realpathSync("/bin/sh"), program);
      // Longer than a reading takes.
      const rest = "i=0; while [ $i -lt 3000 ]; do i=$((i+1)); done";
      writeFileSync(`${program}.sh`, `${rest}; exec ${next} ${next}.sh`);
    }
    await using child = Bun.spawn([one, `${one}.sh`]);
    const programs = new Set<string>();
    for (let i = 0; i < 1500; i++) {
      const process = readProcess("/proc", child.pid)?.process;
      if (process === undefined || process.arguments.length === 0) continue;
      programs.add(process.executable);
      const [name] = Buffer.from(process.arguments).toString().split("\0");
      expect(name).toBe(process.executable);
    }
    child.kill("SIGKILL");
    await child.exited;
    expect([...programs].sort()).toEqual([one, two]);
  });

  test("shows none that is not there", () => {
    expect(readProcess(madeUp({}), PID + 1)).toBeUndefined();
  });
});

describe("scanProcesses()", () => {
  test("names those that are about to end, whether they have a program or not", () => {
    for (const executable of [undefined, "/bin/prog"]) {
      const procfs = madeUp({ flags: PF_EXITING, ...(executable !== undefined && { executable }) });
      const { processes, ending } = scanProcesses(procfs, () => true);
      expect(processes.map((process) => process.executable)).toEqual(
        executable === undefined ? [] : [executable],
      );
      expect(ending).toEqual([{ pid: PID, start: START }]);
    }
  });

  test("asks for none that is not accepted", () => {
    const procfs = madeUp({ flags: PF_EXITING, executable: "/bin/prog" });
    expect(scanProcesses(procfs, () => false)).toEqual({ processes: [], ending: [] });
  });
});
