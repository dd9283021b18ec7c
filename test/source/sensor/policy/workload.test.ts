/** Policies for workloads: which cgroups are containers, and which selectors are for them. */
import { expect, test } from "bun:test";
import { mkdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import type { Policy } from "../../../../src/policy/policy.ts";
import type { PodSource, WorkloadSelector } from "../../../../src/policy/workload.ts";
import { containerHierarchy } from "../../../../src/source/sensor/scope/cgroup-hierarchy.ts";
import { describeWithBpf } from "../../../kernel/support.ts";
import { createCgroup, RunningSensor, until } from "../support.ts";
import { argument, equal, hook, policy, selector } from "./made-policy.ts";

/** Of x86-64 and arm64. */
const SCHED_YIELD = process.arch === "arm64" ? 124 : 24;
const TARGET = { kind: "tracepoint", subsystem: "raw_syscalls", event: "sys_enter", isRaw: true } as const;

const HOST: WorkloadSelector = { namespace: undefined, pod: undefined, container: undefined, hasHost: true };
const ALL = { matchLabels: {}, matchExpressions: [] };
const PODS: WorkloadSelector = { ...HOST, hasHost: false, pod: ALL };
const WEB: WorkloadSelector = { ...PODS, namespace: "shop", pod: { ...ALL, matchLabels: { app: "web" } } };

function onYield(name: string, workload: WorkloadSelector, isOfSelector = false): Policy {
  const yields = selector({ 0: equal(SCHED_YIELD) }, isOfSelector ? { workload } : {});
  const made = policy(name, hook(TARGET, [argument(1, "int64")], { selectors: [yields] }));
  return isOfSelector ? made : { ...made, workload };
}

/** What runs in cgroups of a host, of containers and of pods. */
async function start(pods?: PodSource) {
  const enclosure = await createCgroup();
  const sensor = await RunningSensor.start({
    scope: enclosure.scope,
    ...(pods === undefined ? {} : { pods }),
  });
  const policies = await sensor.source.policies();
  const made: string[] = [];
  const posted: string[] = [];
  const take = () => {
    for (const { process_tracepoint: event } of sensor.events.splice(0))
      if (event !== undefined) posted.push(String(event.policy_name));
    return posted.splice(0).sort();
  };
  return {
    policies,
    /** A cgroup below the scope's; its directories stay until the end. */
    cgroup(...names: readonly string[]) {
      let path = enclosure.path;
      for (const name of names) {
        path = join(path, name);
        if (made.includes(path)) continue;
        mkdirSync(path);
        made.push(path);
      }
      return path;
    },
    /** Names of the policies that post where a process in a cgroup calls. */
    async postedIn(directory: string) {
      const program = `import os
open("${directory}/cgroup.procs", "w").write("0")
os.sched_yield()
open("${enclosure.path}/cgroup.procs", "w").write("0")`;
      await enclosure.run(["/usr/bin/python3", "-c", program]);
      await policies.drained();
      return take();
    },
    /** A process that is there already, in a cgroup: it calls when it is told to. */
    async waitingIn(directory: string) {
      const child = Bun.spawn(
        [
          "/usr/bin/python3",
          "-c",
          "import os, sys\nfor line in sys.stdin:\n  os.sched_yield()\n  print('called', flush=True)",
        ],
        { stdin: "pipe", stdout: "pipe" },
      );
      await Bun.write(join(directory, "cgroup.procs"), String(child.pid));
      return {
        moveTo: (other: string) => Bun.write(join(other, "cgroup.procs"), String(child.pid)),
        async call() {
          const output = child.stdout.getReader();
          child.stdin.write("\n");
          child.stdin.flush();
          await output.read();
          output.releaseLock();
          await policies.drained();
          return take();
        },
        async [Symbol.asyncDispose]() {
          child.stdin.end();
          await child.exited;
        },
      };
    },
    async [Symbol.asyncDispose]() {
      await sensor[Symbol.asyncDispose]();
      for (const path of made.toReversed())
        await until(() => {
          try {
            rmdirSync(path);
            return true;
          } catch {
            return false;
          }
        }, "the cgroup is empty");
      await enclosure[Symbol.asyncDispose]();
    },
  };
}

const id = (digit: string) => digit.repeat(64);

describeWithBpf("policies for workloads", () => {
  if (containerHierarchy() !== undefined) {
    test.skip("need cgroups of containers in a v2 hierarchy", () => {});
    return;
  }

  test("are for processes of the host, of containers that were there, and of those that come, by their cgroups' names", async () => {
    await using running = await start();
    const { policies, cgroup, postedIn } = running;
    const before = cgroup("kubepods.slice", "kubepods-pod1.slice", `cri-containerd-${id("a")}.scope`);
    const service = cgroup("my.service");
    policies.put("host", onYield("host", HOST));
    policies.put("pods", onYield("pods", PODS));
    policies.put("both", onYield("both", { ...PODS, hasHost: true }, true));
    expect(await postedIn(service)).toEqual(["both", "host"]);
    expect(await postedIn(before)).toEqual(["both", "pods"]);
    const places: readonly (readonly [readonly string[], readonly string[]])[] = [
      [
        ["kubepods.slice", "kubepods-pod1.slice", `crio-${id("b")}.scope`],
        ["both", "pods"],
      ],
      [
        ["kubepods.slice", "kubepods-pod1.slice", `crio-${id("b")}.scope`, "init"],
        ["both", "pods"],
      ],
      [
        ["kubepods.slice", "kubepods-pod1.slice", id("0")],
        ["both", "pods"],
      ],
      [["system.slice", `docker-${id("c")}.scope`], []],
      [["system.slice", `docker-${id("c")}.scope`, "inner"], []],
      // No ids: too short, other letters, run together with a word.
      [
        ["system.slice", `docker-${"c".repeat(63)}.scope`],
        ["both", "host"],
      ],
      [
        ["system.slice", `docker-${"g".repeat(64)}.scope`],
        ["both", "host"],
      ],
      [
        ["system.slice", `x${id("d")}`],
        ["both", "host"],
      ],
      [
        ["system.slice", `${id("e")}.scop`],
        ["both", "host"],
      ],
      [
        ["kubepods.slice", "kubepods-pod1.slice", "pause"],
        ["both", "host"],
      ],
    ];
    for (const [names, expected] of places)
      expect([names, await postedIn(cgroup(...names))]).toEqual([names, expected]);
  });

  test("are for processes that ran before, also where these move into another cgroup", async () => {
    await using running = await start();
    const { policies, cgroup, waitingIn } = running;
    const service = cgroup("my.service");
    const container = cgroup("kubepods", "pod1", id("a"));
    await using waiting = await waitingIn(container);
    policies.put("host", onYield("host", HOST));
    policies.put("pods", onYield("pods", PODS));
    expect(await waiting.call()).toEqual(["pods"]);
    policies.delete("pods");
    expect(await waiting.call()).toEqual([]);
    policies.put("pods", onYield("pods", PODS));
    expect(await waiting.call()).toEqual(["pods"]);
    await waiting.moveTo(service);
    expect(await waiting.call()).toEqual(["host"]);
  });

  test("ask for namespaces and labels of pods where somebody says them, and are refused where nobody does", async () => {
    const labels = new Map([["app", "web"]]);
    const pods: PodSource = {
      container: (name) =>
        name.startsWith("a")
          ? { pod: { namespace: "shop", label: (key) => labels.get(key) }, label: () => undefined }
          : undefined,
    };
    {
      await using running = await start(pods);
      const { policies, cgroup, postedIn } = running;
      const web = cgroup("kubepods", "pod1", id("a"));
      const other = cgroup("kubepods", "pod2", id("b"));
      policies.put("web", onYield("web", WEB));
      expect(await postedIn(web)).toEqual(["web"]);
      expect(await postedIn(other)).toEqual([]);
      expect(await postedIn(cgroup("my.service"))).toEqual([]);
    }
    await using running = await start();
    for (const isOfSelector of [false, true])
      expect(() => running.policies.put("web", onYield("web", WEB, isOfSelector))).toThrow(
        "Cannot decide which pods a policy is for: nothing tells the agent their namespaces and labels",
      );
    expect(running.policies.keys).toEqual([]);
  });
});
