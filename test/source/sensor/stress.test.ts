/** Many short-lived processes at once: each exec and each exit comes exactly once, and is right. */

import { expect, test } from "bun:test";
import { realpathSync } from "node:fs";
import { describeWithBpf } from "../../kernel/support.ts";
import { DEADLINE_FACTOR } from "../../vm/slow.ts";
import { replayProcesses } from "./replay.ts";
import { createCgroup, createPidNamespace, type ProcessEvent, RunningSensor } from "./support.ts";

const SHELLS = 8;
const PROCESSES_PER_SHELL = 625;
const TOTAL = SHELLS * PROCESSES_PER_SHELL;
/** The processes, their shells, and the parent of these. All execute something: `exit`, `kill` and `[` are built in. */
const STARTED = TOTAL + SHELLS + 1;
const TIMEOUT = 120_000 * DEADLINE_FACTOR;

/**
 * A shell that runs `sh -c "exit N" SHELL NUMBER`, one after the other. `sh` is executed each time; its exit
 * code says which one it was.
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
const SHELL = / shell (\d+)$/;

/** The one end of a process, with its parent. */
function endOf(exec: ProcessEvent, exits: ReadonlyMap<string, ProcessEvent[]>): ProcessEvent {
  const ends = exits.get(exec.process.exec_id) ?? [];
  expect(ends).toHaveLength(1);
  const end = ends[0]!;
  expect(end.process.pid).toBe(exec.process.pid);
  expect(end.process.arguments).toBe(exec.process.arguments);
  expect(end.process.parent_exec_id).toBe(exec.process.parent_exec_id);
  expect(end.parent?.exec_id).toBe(exec.parent?.exec_id);
  return end;
}

/** @param execs Those of processes that began under the sensor. */
function check(execs: readonly ProcessEvent[], exits: readonly ProcessEvent[]): void {
  const exitsById = Map.groupBy(exits, ({ process }) => process.exec_id);
  const shells = new Map<string, ProcessEvent>();
  const children: { exec: ProcessEvent; script: string; shell: string; number: string }[] = [];
  const others: ProcessEvent[] = [];
  for (const exec of execs) {
    const text = exec.process.arguments ?? "";
    const shell = SHELL.exec(text)?.[1];
    const [, script, parent, number] = CHILD.exec(text) ?? [];
    if (shell !== undefined) shells.set(shell, exec);
    else if (script !== undefined && parent !== undefined && number !== undefined) {
      children.push({ exec, script, shell: parent, number });
    } else others.push(exec);
  }

  expect(others.map(({ process }) => process.arguments?.includes(" parent "))).toEqual([true]);
  const parent = others[0]!;
  expect(endOf(parent, exitsById)).toMatchObject({ process: { binary: realpathSync("/bin/sh") } });
  expect([...shells.keys()].sort()).toEqual(Array.from({ length: SHELLS }, (_, n) => String(n)));
  for (const shell of shells.values()) {
    expect(shell.process.parent_exec_id).toBe(parent.process.exec_id);
    expect(shell.parent?.exec_id).toBe(parent.process.exec_id);
    const end = endOf(shell, exitsById);
    expect([end.signal, end.status]).toEqual([undefined, undefined]);
  }

  const seen = new Set<string>();
  for (const { exec, script, shell, number } of children) {
    seen.add(`${shell}/${number}`);
    const isKilled = Number(number) % 5 === 4;
    expect(script).toBe(isKilled ? "kill -KILL $$" : `exit ${Number(number) % 200}`);
    expect(exec.process.binary).toBe(realpathSync("/bin/sh"));
    expect(exec.process.flags).toMatch(/^execve (rootcwd )?clone$/);
    expect(exec.process.parent_exec_id).toBe(shells.get(shell)!.process.exec_id);
    expect(exec.parent?.exec_id).toBe(exec.process.parent_exec_id);
    const end = endOf(exec, exitsById);
    expect(end.signal).toBe(isKilled ? "SIGKILL" : undefined);
    expect(end.status ?? 0).toBe(isKilled ? 0 : Number(number) % 200);
  }
  expect(children).toHaveLength(TOTAL);
  expect(seen.size).toBe(TOTAL);
}

describeWithBpf("sensor under load", () => {
  for (const { name, enclose, keepers } of [
    { name: "a PID namespace", enclose: createPidNamespace, keepers: 1 },
    { name: "a cgroup", enclose: createCgroup, keepers: 0 },
  ]) {
    test(
      `every exec and exit of ${TOTAL} processes in ${name} comes once, with parent, arguments and exit code`,
      async () => {
        await using enclosure = await enclose();
        const sensor = await RunningSensor.start({ scope: enclosure.scope });
        await enclosure.run(command());
        await sensor[Symbol.asyncDispose]();

        expect(sensor.source.lost).toBe(0);
        expect(sensor.counters.read).toBe(sensor.events.length);
        const { surplus, before, started, running, others } = replayProcesses(sensor.events);
        expect(surplus).toEqual([]);
        expect(others).toEqual([]);
        expect(before).toHaveLength(keepers);
        expect(started).toHaveLength(STARTED);
        expect(sensor.exits).toHaveLength(STARTED);
        // What remains is what keeps the enclosure: the namespace's first process.
        expect(running).toEqual(before.map(({ process }) => process.exec_id));
        expect(sensor.source.figures.processes).toMatchObject({ size: keepers, evictions: 0 });
        check(started, sensor.exits);
      },
      TIMEOUT,
    );
  }
});
