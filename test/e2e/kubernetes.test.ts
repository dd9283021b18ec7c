/** The executable and an API server: every event of the sensor says of which pod it is. */
import { afterEach, expect, test } from "bun:test";
import { describeWithBpf } from "../kernel/support.ts";
import { CGROUP_LAYOUTS, idOf, NODE, NODES, PODS, podOf, uidOf } from "../kubernetes/made-up-pods.ts";
import { cleanUp, startTetrad, until } from "./harness.ts";
import {
  eventsOf,
  execsOf,
  runIn,
  startAgent,
  startCgroup,
  startServer,
  WATCHES,
} from "./made-up-cluster.ts";

afterEach(cleanUp);

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
