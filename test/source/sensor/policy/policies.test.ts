/** Policies that come, change and go while the sensor runs. */
import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Policy } from "../../../../src/policy/policy.ts";
import { describeWithBpf } from "../../../kernel/support.ts";
import { createCgroup, RunningSensor, until } from "../support.ts";
import { argument, equal, hook, policy, selector } from "./made-policy.ts";

/** Of x86-64 and arm64. */
const SCHED_YIELD = process.arch === "arm64" ? 124 : 24;
const KILL_CALL = process.arch === "arm64" ? 129 : 62;
const PYTHON = ["/usr/bin/python3", "-c"];
const YIELD = [...PYTHON, "import os; os.sched_yield(); print('alive')"];

const TARGET = { kind: "tracepoint", subsystem: "raw_syscalls", event: "sys_enter", isRaw: true } as const;
const KILL = { action: "Signal", signal: 9, isSigkill: true } as const;

/** A policy on `sched_yield`. */
function onYield(name: string, more: Parameters<typeof selector>[1] = {}): Policy {
  const yields = selector({ 0: equal(SCHED_YIELD) }, more);
  return policy(name, hook(TARGET, [argument(1, "int64")], { selectors: [yields] }));
}

/** A sensor, what runs in its scope, and the names of the policies that have posted. */
async function start() {
  const enclosure = await createCgroup();
  const sensor = await RunningSensor.start({ scope: enclosure.scope });
  const policies = await sensor.source.policies();
  const names = () => sensor.events.flatMap((event) => event.process_tracepoint?.policy_name ?? []);
  const results = () =>
    sensor.events.flatMap(({ process_tracepoint: made }) => (made ? [made.action_result] : []));
  return {
    enclosure,
    policies,
    names,
    results,
    async [Symbol.asyncDispose]() {
      await sensor[Symbol.asyncDispose]();
      await enclosure[Symbol.asyncDispose]();
    },
  };
}

describeWithBpf("policies of a sensor that runs", () => {
  test("several at one place share its program; one that goes leaves the others", async () => {
    await using running = await start();
    const { enclosure, policies, names } = running;
    policies.put("one", onYield("one"));
    policies.put("two", onYield("two"));
    await enclosure.run(YIELD);
    await until(() => names().length === 2, "both have posted");
    policies.delete("one");
    await enclosure.run(YIELD);
    await until(() => names().length === 3, "the other one has posted");
    expect(names()).toEqual(["one", "two", "two"]);
  });

  test("spare the sensor's own process, with which they would end", async () => {
    await using running = await start();
    const { enclosure, policies, results } = running;
    const kills = selector({ 0: equal(KILL_CALL) }, { actions: [KILL] });
    policies.put("one", policy("one", hook(TARGET, [argument(1, "int64")], { selectors: [kills] })));
    const move = (cgroup: string) => writeFileSync(join(cgroup, "cgroup.procs"), String(process.pid));
    move(enclosure.path);
    try {
      process.kill(process.pid, 0);
    } finally {
      move(dirname(enclosure.path));
    }
    expect(await enclosure.run([...PYTHON, "import os; os.kill(os.getpid(), 0); print('alive')"])).toBe("");
    await until(() => results().length === 2, "both events");
    expect(results()).toEqual([["monitored"], ["signal_sent"]]);
  });

  test("spare it in a PID namespace of its own, too", async () => {
    const helper = join(import.meta.dir, "spared-helper.ts");
    const enter = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"];
    const child = Bun.spawn([...enter, process.execPath, helper], { stdout: "pipe", stderr: "inherit" });
    expect(JSON.parse(await child.stdout.text())).toEqual(["SIGKILL", ["monitored"], ["signal_sent"]]);
    expect(await child.exited).toBe(0);
  });

  test("one that is replaced misses no call, and loses no record", async () => {
    await using running = await start();
    const { enclosure, policies, names } = running;
    await using resources = new AsyncDisposableStack();
    const directory = mkdtempSync(join(tmpdir(), "tetrad-policies-"));
    resources.defer(() => rmSync(directory, { recursive: true }));
    const end = join(directory, "end");
    policies.put("key", onYield("0"));
    const loop = `import os, time
calls = 0
while not os.path.exists("${end}"):
    os.sched_yield()
    calls += 1
    time.sleep(0.0001)
print(calls)`;
    const ended = enclosure.run([...PYTHON, loop]);
    for (let replaced = 1; new Set(names()).size < 4; replaced++) {
      policies.put("key", onYield(String(replaced)));
      await Bun.sleep(1);
    }
    writeFileSync(end, "");
    const calls = Number(await ended);
    policies.delete("key");
    await policies.drained();
    // While both are attached a call may be posted by both.
    expect(names().length).toBeGreaterThanOrEqual(calls);
    expect(policies.keys).toEqual([]);
  });

  test("one that shares its place goes on counting when others come and go", async () => {
    await using running = await start();
    const { enclosure, policies } = running;
    const posts = () => policies.facts("one").selectors[0]!.counts.post;
    policies.put("one", onYield("one"));
    await enclosure.run(YIELD);
    policies.put("two", onYield("two"));
    expect(posts()).toBe(1);
    await enclosure.run(YIELD);
    policies.delete("two");
    expect(posts()).toBe(2);
    expect(policies.facts("one").kernelMemory).toBeLessThan(60_000);
  });

  test("one that monitors posts and does not kill, until it is to enforce", async () => {
    await using running = await start();
    const { enclosure, policies, names, results } = running;
    policies.put("kill", { ...onYield("kill", { actions: [KILL] }), mode: "monitor" });
    expect(await enclosure.run(YIELD)).toBe("alive\n");
    policies.configure("kill", { mode: "enforce" });
    expect(await enclosure.run(YIELD)).toBe("");
    await until(() => names().length === 2, "both calls were posted");
    expect(results()).toEqual([["monitored"], ["signal_sent"]]);
    policies.configure("kill", { isEnabled: false });
    expect(await enclosure.run(YIELD)).toBe("alive\n");
    const [counted] = policies.facts("kill").selectors;
    expect(counted?.counts).toEqual({ held: 2, post: 2, lost: 0, signal: 1, monitor_signal: 1 });
    expect(counted!.asked).toBeGreaterThan(2);
    expect(counted!.failed[0]).toBeGreaterThan(0);
  });

  test("one that cannot be loaded changes nothing", async () => {
    await using running = await start();
    const { enclosure, policies, names } = running;
    policies.put("good", onYield("good"));
    const nowhere = { ...TARGET, event: "no_such_tracepoint" };
    expect(() => policies.put("bad", policy("bad", hook(nowhere, [])))).toThrow(
      'Cannot hook tracepoint "raw_syscalls/no_such_tracepoint": this kernel does not have it',
    );
    await enclosure.run(YIELD);
    await until(() => names().length === 1, "the good one has posted");
    expect(policies.keys).toEqual(["good"]);
  });
});
