/** Many short-lived processes at once: each exec and each exit comes exactly once, and is right. */
import { expect, test } from "bun:test";
import { describeWithBpf } from "../../kernel/support.ts";
import { createCgroup, createPidNamespace, type ProcessEvent, RunningSensor } from "./support.ts";

const SHELLS = 8;
const PROCESSES_PER_SHELL = 625;
const TOTAL = SHELLS * PROCESSES_PER_SHELL;
const TIMEOUT = 120_000;

/**
 * A shell that runs `sh -c "exit N" SHELL NUMBER`, one after the other. `sh` is executed each time; its exit
 * code tells which one it was.
 */
const SHELL_SCRIPT = `
  i=0
  while [ $i -lt ${PROCESSES_PER_SHELL} ]; do
    case $((i % 5)) in
      4) /bin/sh -c 'kill -KILL $$' "$1" $i ;;
      *) /bin/sh -c "exit $((i % 200))" "$1" $i ;;
    esac
    i=$((i + 1))
  done 2>/dev/null
  :
`;
const PARENT_SCRIPT = `
  n=0
  while [ $n -lt ${SHELLS} ]; do
    /bin/sh -c "$1" shell "$n" &
    n=$((n + 1))
  done
  wait
`;

function command(): string[] {
  return ["/bin/sh", "-c", PARENT_SCRIPT, "parent", SHELL_SCRIPT];
}

const CHILD = /^-c "([^"]*)" (\d+) (\d+)$/;

function check(execs: readonly ProcessEvent[], exits: readonly ProcessEvent[]): void {
  const exitById = Map.groupBy(exits, ({ process }) => process.exec_id);
  const shells = new Map<string, ProcessEvent>();
  for (const exec of execs) {
    const shell = / shell (\d+)$/.exec(exec.process.arguments ?? "")?.[1];
    if (shell !== undefined) shells.set(shell, exec);
  }
  expect([...shells.keys()].sort()).toEqual(Array.from({ length: SHELLS }, (_, n) => String(n)));

  const seen = new Set<string>();
  for (const exec of execs) {
    const [, script, shell, number] = CHILD.exec(exec.process.arguments ?? "") ?? [];
    if (script === undefined || shell === undefined || number === undefined) continue;
    const name = `${shell}/${number}`;
    expect(seen.has(name)).toBe(false);
    seen.add(name);
    const isKilled = Number(number) % 5 === 4;
    expect(script).toBe(isKilled ? "kill -KILL $$" : `exit ${Number(number) % 200}`);
    expect(exec.process.binary).toBe("/bin/sh");
    expect(exec.process.flags).toMatch(/^execve (rootcwd )?clone$/);
    expect(exec.process.parent_exec_id).toBe(shells.get(shell)!.process.exec_id);
    expect(exec.parent?.exec_id).toBe(exec.process.parent_exec_id);
    const ends = exitById.get(exec.process.exec_id) ?? [];
    expect(ends).toHaveLength(1);
    expect(ends[0]?.signal).toBe(isKilled ? "SIGKILL" : undefined);
    expect(ends[0]?.status ?? 0).toBe(isKilled ? 0 : Number(number) % 200);
    expect(ends[0]?.process.pid).toBe(exec.process.pid);
    expect(ends[0]?.parent?.exec_id).toBe(exec.process.parent_exec_id);
  }
  expect(seen.size).toBe(TOTAL);
}

describeWithBpf("sensor under load", () => {
  for (const [name, enclose] of [
    ["a PID namespace", createPidNamespace],
    ["a cgroup", createCgroup],
  ] as const) {
    test(
      `every exec and exit of ${TOTAL} processes in ${name} comes once, with parent, arguments and exit code`,
      async () => {
        await using enclosure = await enclose();
        const sensor = await RunningSensor.start({ scope: enclosure.scope });
        await enclosure.run(command());
        await sensor[Symbol.asyncDispose]();

        expect(sensor.source.lost).toBe(0);
        expect(sensor.counters.read).toBe(sensor.events.length);
        check(sensor.execs, sensor.exits);
        // What remains are those that run still: the namespace's first process.
        expect(sensor.source.processTable.size).toBeLessThanOrEqual(1);
      },
      TIMEOUT,
    );
  }
});
