/** The executable and an API server: every event of the sensor says of which pod it is. */
import { afterEach, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeWithBpf } from "../kernel/support.ts";
import { FakeApiServer } from "../kubernetes/api-server.ts";
import { CGROUP_LAYOUTS, idOf, NODE, NODES, PODS, podOf, uidOf } from "../kubernetes/made-up-pods.ts";
import { type CgroupEnclosure, createCgroup } from "../source/sensor/support.ts";
import { cleanUp, onEnd, type RunningAgent, startTetrad, temporaryDirectory, until } from "./harness.ts";

afterEach(cleanUp);

/** Of pods, of the node, and of both kinds of policies. */
const WATCHES = 4;

interface EventProcess {
  readonly binary?: string;
  readonly arguments?: string;
  readonly pid?: number;
  readonly pod?: {
    readonly name: string;
    readonly namespace: string;
    readonly workload?: string;
    readonly pod_labels?: Record<string, string>;
    readonly container: { readonly id: string; readonly pid?: number; readonly maybe_exec_probe?: boolean };
  };
}
interface Event {
  readonly process_exec?: { readonly process: EventProcess; readonly parent?: EventProcess };
  readonly process_exit?: { readonly process: EventProcess };
  readonly node_name?: string;
  readonly node_labels?: Record<string, string>;
  readonly cluster_name?: string;
}

async function startServer(): Promise<FakeApiServer> {
  const server = await new FakeApiServer().start();
  onEnd(() => server.stop());
  return server;
}

async function startCgroup(): Promise<CgroupEnclosure> {
  const cgroup = await createCgroup();
  onEnd(async () => {
    await cgroup[Symbol.asyncDispose]();
  });
  return cgroup;
}

/** An agent that watches `cgroup` and asks `server`. */
function startAgent(
  server: FakeApiServer,
  cgroup: CgroupEnclosure,
  args: readonly string[] = [],
): RunningAgent {
  const kubeconfig = join(temporaryDirectory(), "kubeconfig");
  const config = {
    "current-context": "test",
    contexts: [{ name: "test", context: { cluster: "test" } }],
    clusters: [{ name: "test", cluster: { server: server.url } }],
  };
  writeFileSync(kubeconfig, JSON.stringify(config), { mode: 0o600 });
  return startTetrad(
    [
      ...["--event-source=sensor", `--sensor-scope=${cgroup.scope}`, "--export-stdout"],
      ...["--enable-k8s-api", `--k8s-kubeconfig-path=${kubeconfig}`, "--cluster-name=blue", ...args],
    ],
    { env: { PATH: "/usr/bin:/bin", NODE_NAME: NODE } },
  );
}

function eventsOf(agent: RunningAgent): Event[] {
  return agent
    .stdout()
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Event);
}

function execsOf(agent: RunningAgent, mark: string): EventProcess[] {
  return eventsOf(agent).flatMap(({ process_exec: exec }) =>
    exec?.process.arguments?.startsWith(mark) === true ? [exec.process] : [],
  );
}

/** Runs a program in the cgroup at `path` below the enclosure. */
function runIn({ path: root }: CgroupEnclosure, path: string, command: readonly string[]): void {
  const directory = join(root, path);
  mkdirSync(directory, { recursive: true });
  const { exitCode } = Bun.spawnSync([
    "sh",
    "-c",
    'echo $$ > "$0/cgroup.procs" && exec "$@"',
    directory,
    ...command,
  ]);
  expect(exitCode).toBe(0);
}

describeWithBpf("an agent that asks the API server", () => {
  test("says of which pod a process is, for every runtime and driver, and of which node", async () => {
    const server = await startServer();
    const cgroup = await startCgroup();
    server.put(NODES, { metadata: { name: NODE, labels: { zone: "z1" } } });
    const layouts = Object.entries(CGROUP_LAYOUTS);
    for (const [name] of layouts)
      server.put(PODS, podOf(name.replace(/\W+/g, "-"), { containerId: idOf(name) }));
    const agent = startAgent(server, cgroup);
    await agent.logged("Sensor watches");
    for (const [name, layout] of layouts)
      runIn(cgroup, layout(uidOf(name), idOf(name)), ["/bin/echo", `mark-${name.replace(/\W+/g, "-")}`]);
    await until(
      () => execsOf(agent, "mark").length === layouts.length,
      () => agent.stdout().slice(-4000),
    );
    for (const [name] of layouts)
      expect(execsOf(agent, `mark-${name.replace(/\W+/g, "-")}`).at(-1)?.pod, name).toEqual({
        namespace: "shop",
        name: name.replace(/\W+/g, "-"),
        uid: uidOf(name.replace(/\W+/g, "-")),
        container: {
          id: `containerd://${idOf(name)}`,
          name: "main",
          image: { id: "registry.example/img@sha256:1234", name: "registry.example/img:1" },
          start_time: "2026-11-30T10:00:00Z",
          pid: expect.any(Number),
          security_context: {},
        },
        pod_labels: { app: name.replace(/\W+/g, "-") },
        workload: name.replace(/\W+/g, "-"),
        workload_kind: "Pod",
      } as never);
    runIn(cgroup, CGROUP_LAYOUTS["CRI-O, cgroupfs"]!(uidOf("a"), idOf("CRI-O, cgroupfs")), [
      "/bin/echo",
      "last",
    ]);
    await until(() => execsOf(agent, "last").length === 1, "the last one");
    expect(eventsOf(agent).at(-1)).toMatchObject({
      node_name: NODE,
      cluster_name: "blue",
      node_labels: { zone: "z1" },
    });
  });

  test("takes nobody for another pod who names a cgroup like that of one of its containers", async () => {
    const server = await startServer();
    const cgroup = await startCgroup();
    for (const name of ["victim", "other"]) server.put(PODS, podOf(name, { containerId: idOf(name) }));
    const agent = startAgent(server, cgroup);
    await agent.logged("Sensor watches");
    const pathOf = (name: string) => CGROUP_LAYOUTS["containerd, systemd"]!(uidOf(name), idOf(name));
    const session = "user.slice/user-1000.slice/user@1000.service";
    runIn(cgroup, `${session}/${pathOf("victim")}`, ["/bin/echo", "mark-session"]);
    runIn(cgroup, `${pathOf("other")}/${pathOf("victim")}`, ["/bin/echo", "mark-inside"]);
    runIn(cgroup, pathOf("victim"), ["/bin/echo", "mark-itself"]);
    await until(
      () => execsOf(agent, "mark").length === 3,
      () => agent.stdout().slice(-4000),
    );
    const named = execsOf(agent, "mark").map(({ arguments: mark, pod }) => [mark, pod?.name]);
    expect(Object.fromEntries(named)).toEqual({
      "mark-session": undefined,
      "mark-inside": "other",
      "mark-itself": "victim",
    });
  });

  test("has events of a container wait for its pod, in order, and those of others go on", async () => {
    const server = await startServer();
    const cgroup = await startCgroup();
    const agent = startAgent(server, cgroup);
    await agent.logged("Sensor watches");
    await until(() => server.watchCount === WATCHES, "all watches");
    runIn(cgroup, `kubepods/pod${uidOf("late")}/${idOf("late")}`, ["/bin/echo", "mark"]);
    runIn(cgroup, "other", ["/bin/echo", "other"]);
    await until(
      () => execsOf(agent, "other").length === 1,
      () => `the other in ${agent.stdout().slice(-4000)}`,
    );
    expect(execsOf(agent, "mark")).toEqual([]);
    server.put(PODS, podOf("late", { containerId: idOf("late") }));
    await until(
      () => eventsOf(agent).filter(({ process_exit: exit }) => exit?.process.pod?.name === "late").length > 0,
      () => agent.stdout().slice(-4000),
    );
    const own = eventsOf(agent).filter(
      ({ process_exec: exec, process_exit: exit }) => (exec ?? exit)?.process.arguments === "mark",
    );
    expect(
      own.map((event) => [
        Object.keys(event)[0],
        (event.process_exec ?? event.process_exit)?.process.pod?.name,
      ]),
    ).toEqual([
      ["process_exec", "late"],
      ["process_exit", "late"],
    ]);
  });

  test("waits no longer than it is told to for a container that nobody knows", async () => {
    const server = await startServer();
    const cgroup = await startCgroup();
    const agent = startAgent(server, cgroup, ["--event-cache-retries=1", "--event-cache-retry-delay=1"]);
    await agent.logged("Sensor watches");
    const path = `kubepods/pod${uidOf("none")}/${idOf("none")}`;
    runIn(cgroup, path, ["/bin/echo", "mark"]);
    await until(
      () => execsOf(agent, "mark").length === 1,
      () => `the event without a pod in ${agent.stdout().slice(-4000)}`,
    );
    expect(execsOf(agent, "mark")[0]!.pod).toBeUndefined();
    server.put(PODS, podOf("none", { containerId: idOf("none") }));
    await until(() => {
      runIn(cgroup, path, ["/bin/echo", "again"]);
      return execsOf(agent, "again").some(({ pod }) => pod?.name === "none");
    }, "its pod all the same");
  });

  test("loses nothing while the API server is away, and is right again when it is back", async () => {
    const server = await startServer();
    const cgroup = await startCgroup();
    server.put(PODS, podOf("first", { containerId: idOf("first") }));
    const agent = startAgent(server, cgroup);
    await agent.logged("Sensor watches");
    await until(() => server.watchCount === WATCHES, "all watches");
    await server.stop();
    await agent.logged("Cannot follow pods of the API server: trying again");
    runIn(cgroup, `kubepods/podx/${idOf("first")}`, ["/bin/echo", "mark-known"]);
    runIn(cgroup, `kubepods/pody/${idOf("second")}`, ["/bin/echo", "mark-new"]);
    await until(
      () => execsOf(agent, "mark-known").length === 1,
      () => `what is known in ${agent.stdout().slice(-4000)}`,
    );
    server.restore(3);
    server.put(PODS, podOf("second", { containerId: idOf("second") }));
    await server.start();
    await until(() => execsOf(agent, "mark-new").length === 1, "what has come meanwhile");
    expect(execsOf(agent, "mark").map(({ pod }) => pod?.name)).toEqual(["first", "second"]);
    agent.process.kill("SIGTERM");
    expect(await agent.exit()).toBe(0);
  });

  test("filters by what it knows of pods", async () => {
    const server = await startServer();
    const cgroup = await startCgroup();
    server.put(PODS, podOf("wanted-1", { containerId: idOf("w"), namespace: "a", labels: { tier: "web" } }));
    server.put(PODS, podOf("other-1", { containerId: idOf("o"), namespace: "b", labels: { tier: "db" } }));
    const filter = {
      namespace: ["a"],
      pod_regex: ["^wanted"],
      labels: ["tier in (web)"],
      container_name_regex: ["^main$"],
    };
    const agent = startAgent(server, cgroup, [`--export-allowlist=${JSON.stringify(filter)}`]);
    await agent.logged("Sensor watches");
    runIn(cgroup, `kubepods/podx/${idOf("o")}`, ["/bin/echo", "mark-other"]);
    runIn(cgroup, `kubepods/podx/${idOf("w")}`, ["/bin/echo", "mark-wanted"]);
    await until(() => execsOf(agent, "mark").length > 0, "the one that is wanted");
    expect(execsOf(agent, "mark").map(({ pod }) => pod?.name)).toEqual(["wanted-1"]);
  });
});

test("an agent that is to ask the API server, and can find none, says so and does not start", async () => {
  const agent = startTetrad(["--event-source=sensor", "--export-stdout", "--enable-k8s-api"]);
  expect(await agent.exit()).toBe(2);
  expect(agent.log()).toContain(
    "Cannot find the Kubernetes API server: this is not a pod (KUBERNETES_SERVICE_HOST is not set), and --k8s-kubeconfig-path names no kubeconfig",
  );
});
