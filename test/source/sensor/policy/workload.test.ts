/** Policies for workloads: which cgroups are containers, and which selectors are for them. */
import { expect, test } from "bun:test";
import { chownSync } from "node:fs";
import { join } from "node:path";
import type { Policy } from "../../../../src/policy/policy.ts";
import type { WorkloadSelector } from "../../../../src/policy/workload.ts";
import { describeWithBpf } from "../../../kernel/support.ts";
import { argument, equal, hook, policy, selector } from "./made-policy.ts";
import { id, Pods, start } from "./workload-support.ts";

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

describeWithBpf("policies for workloads", () => {
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

  const [UID, OTHER, STATIC] = [
    "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0",
    "11111111-2222-3333-4444-555555555555",
    "0123456789abcdef0123456789abcdef",
  ] as const;

  test("are for pods by namespace and labels, those that were there when the policy came and those that come", async () => {
    const pods = new Pods();
    await using running = await start(pods);
    const { policies, cgroup, postedIn } = running;
    pods.set(UID, { app: "web" });
    const before = cgroup("kubepods", "burstable", `pod${UID}`, id("a"));
    policies.put("web", onYield("web", WEB));
    expect(await postedIn(before)).toEqual(["web"]);
    // In a cgroup that is made now the first call counts, in each spelling, in one that is inside of it as well.
    for (const uid of [OTHER, STATIC]) pods.set(uid, { app: "web" });
    const slice = `kubepods-besteffort-pod${OTHER.replaceAll("-", "_")}.slice`;
    for (const place of [
      ["kubepods.slice", slice, `cri-containerd-${id("b")}.scope`],
      ["kubepods.slice", slice, `cri-containerd-${id("b")}.scope`, "inner"],
      ["kubepods", `pod${STATIC}`, id("c")],
    ])
      expect([place, await postedIn(cgroup(...place))]).toEqual([place, ["web"]]);
    // Not for others: of another namespace, without the label, of no pod that is known, of no pod.
    pods.set("21111111-2222-3333-4444-555555555555", { app: "web", namespace: "kitchen" });
    pods.set("31111111-2222-3333-4444-555555555555", { app: "db" });
    for (const place of [
      ["kubepods", "pod21111111-2222-3333-4444-555555555555", id("d")],
      ["kubepods", "pod31111111-2222-3333-4444-555555555555", id("e")],
      ["kubepods", "pod41111111-2222-3333-4444-555555555555", id("f")],
      ["system.slice", `docker-${id("0")}.scope`],
      ["my.service"],
    ])
      expect([place, await postedIn(cgroup(...place))]).toEqual([place, []]);
  });

  test("follow labels that change, pods that become known late, and pods that are gone", async () => {
    const pods = new Pods();
    await using running = await start(pods);
    const { policies, cgroup, postedIn } = running;
    policies.put("web", onYield("web", WEB));
    const early = cgroup("kubepods", `pod${UID}`, id("a"));
    expect(await postedIn(early)).toEqual([]);
    const posts = async (expected: readonly string[]) => {
      while (JSON.stringify(await postedIn(early)) !== JSON.stringify(expected)) await Bun.sleep(5);
    };
    pods.set(UID, { app: "web" });
    await posts(["web"]);
    pods.set(UID, { app: "db" });
    await posts([]);
    pods.set(UID, { app: "web" });
    await posts(["web"]);
    pods.delete(UID);
    expect(await postedIn(early)).toEqual(["web"]);
    expect(await postedIn(cgroup("system", "kubepods", `pod${UID}`, id("b")))).toEqual([]);
  });

  test("are for containers by name, once somebody says it: the API server, or the runtime before it begins", async () => {
    const pods = new Pods();
    await using running = await start(pods);
    const { policies, cgroup, postedIn } = running;
    const container = { ...ALL, matchLabels: { name: "proxy" } };
    policies.put("proxy", onYield("proxy", { ...WEB, container }));
    pods.set(UID, { app: "web" }, { [id("a")]: "proxy", [id("b")]: "main" });
    const [proxy, main, late] = ["a", "b", "c"].map((digit) => cgroup("kubepods", `pod${UID}`, id(digit)));
    while ((await postedIn(proxy!)).length === 0) await Bun.sleep(5);
    expect(await postedIn(main!)).toEqual([]);
    expect(await postedIn(late!)).toEqual([]);
    await policies.workloads.begin({
      id: id("c").slice(0, 31),
      podUid: UID,
      name: "proxy",
      repo: "",
      cgroupPath: late!.slice(late!.indexOf("/tetrad-test-")),
    });
    expect(await postedIn(late!)).toEqual(["proxy"]);
  });

  test("are for all cgroups inside of a container, also where these have no room of their own, and take nobody else's", async () => {
    const pods = new Pods();
    await using running = await start(pods);
    const { policies, cgroup, postedIn } = running;
    pods.set(UID, { app: "web" });
    pods.set(OTHER, { app: "db" });
    policies.put("web", onYield("web", WEB));
    policies.put("db", onYield("db", { ...WEB, pod: { ...ALL, matchLabels: { app: "db" } } }));
    policies.put("host", onYield("host", HOST));
    const before = cgroup("kubepods", `pod${OTHER}`, id("b"));
    const container = ["kubepods", `pod${UID}`, id("a")];
    for (let i = 0; i < 300; i++) cgroup(...container, `n${i}`);
    expect(policies.workloads.figures.missed).toBe(45);
    const forged = ["kubepods", `pod${OTHER}`, id("c")];
    for (const place of [
      [...container, "n0"],
      [...container, "n299"],
      [...container, "n299", "inner"],
      [...container, "n0", ...forged],
      [...container, "n299", ...forged],
      [...container, "n299", ...forged, "inner"],
    ])
      expect([place, await postedIn(cgroup(...place))]).toEqual([place, ["web"]]);
    expect(await postedIn(before)).toEqual(["db"]);
    expect(await postedIn(cgroup("kubepods", `pod${OTHER}`, id("d")))).toEqual(["db"]);
    expect(await postedIn(cgroup("my.service"))).toEqual(["host"]);
    // What comes later finds the same.
    policies.put("all", onYield("all", PODS));
    expect(await postedIn(cgroup(...container, "n299", ...forged))).toEqual(["all", "web"]);
    const deep = cgroup(...container, "n299", ...Array.from({ length: 270 }, () => "d"));
    expect(await postedIn(deep)).toEqual(["all", "db", "host", "web"]);
    running.removeAll(join(cgroup("kubepods"), `pod${UID}`));
    while (policies.workloads.figures.missed > 0) await Bun.sleep(5);
  });

  test("are not for what others than root have made and named like a container's", async () => {
    const pods = new Pods();
    await using running = await start(pods);
    const { policies, cgroup, postedIn } = running;
    pods.set(UID, { app: "web" });
    const home = cgroup("home");
    chownSync(home, 1000, 1000);
    const make = async (name: string) => {
      const path = join(name, "kubepods", `pod${UID}`, id("a"));
      const code = `import os; os.chdir("${home}"); os.setgid(1000); os.setuid(1000); os.makedirs("${path}")`;
      expect(await Bun.spawn(["/usr/bin/python3", "-c", code]).exited).toBe(0);
      return cgroup("home", name, "kubepods", `pod${UID}`, id("a"));
    };
    const before = await make("before");
    policies.put("web", onYield("web", WEB));
    policies.put("host", onYield("host", HOST));
    for (const place of [before, await make("after")]) expect(await postedIn(place)).toEqual(["host"]);
    const session = cgroup("user.slice", "user@1000.service", "kubepods", `pod${UID}`, id("b"));
    policies.put("again", onYield("again", HOST));
    expect(await postedIn(cgroup("kubepods", `pod${UID}`, id("c")))).toEqual(["web"]);
    expect(session).not.toBe("");
  });

  test("say which containers ran before anybody knew which policies are for them", async () => {
    const pods = new Pods();
    await using running = await start(pods);
    const { policies, cgroup, waitingIn } = running;
    policies.put("web", onYield("web", WEB));
    const early = cgroup("kubepods", `pod${UID}`, id("a"));
    await using waiting = await waitingIn(early);
    pods.set(OTHER, { app: "web" });
    await using known = await waitingIn(cgroup("kubepods", `pod${OTHER}`, id("b")));
    pods.set(OTHER, { app: "web" }, { [id("b")]: "main" });
    expect(await known.call()).toEqual(["web"]);
    pods.set(UID, { app: "web" }, { [id("a")]: "main" });
    while ((await waiting.call()).length === 0) await Bun.sleep(5);
    for (const app of ["db", "web"]) pods.set(UID, { app }, { [id("a")]: "main" });
    while ((await waiting.call()).length === 0) await Bun.sleep(5);
    expect(policies.workloads.figures.judgedLate).toBe(1);
  });

  test("go by the place of a cgroup, not by what somebody says of a container that begins", async () => {
    const pods = new Pods();
    await using running = await start(pods);
    const { policies, cgroup, postedIn } = running;
    for (const [uid, app] of [
      [UID, "web"],
      [OTHER, "db"],
    ] as const)
      pods.set(uid, { app });
    policies.put("web", onYield("web", WEB));
    policies.put("host", onYield("host", HOST));
    const begin = (directory: string, podUid: string, digit: string) => {
      const cgroupPath = directory.slice(directory.indexOf("/tetrad-test-"));
      const said = { id: id(digit).slice(0, 31), podUid, name: "main", repo: "", cgroupPath };
      return policies.workloads.begin(said);
    };
    const service = cgroup("my.service");
    await begin(service, UID, "a");
    expect(await postedIn(service)).toEqual(["host"]);
    const db = cgroup("kubepods", `pod${OTHER}`, id("b"));
    await expect(begin(db, UID, "b")).rejects.toThrow(`is that of ${id("b").slice(0, 31)} of pod ${OTHER}`);
    await expect(begin(db, OTHER, "c")).rejects.toThrow("is that of");
    expect(await postedIn(db)).toEqual([]);
    await begin(db, OTHER, "b");
    expect(await postedIn(db)).toEqual([]);
    const forged = cgroup("user.slice", "user@1000.service", "kubepods", `pod${UID}`, id("d"));
    await begin(forged, UID, "d");
    expect(await postedIn(cgroup("kubepods", `pod${UID}`, id("e")))).toEqual(["web"]);
  });

  test("are refused that ask for namespaces and labels where nobody says them", async () => {
    await using running = await start();
    for (const isOfSelector of [false, true])
      expect(() => running.policies.put("web", onYield("web", WEB, isOfSelector))).toThrow(
        "Cannot decide which pods a policy is for: nothing tells the agent their namespaces and labels",
      );
    expect(running.policies.keys).toEqual([]);
  });
});
