/** The executable and a container runtime: where there is no API server, that says of which pod an event is. */
import { afterEach, describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeWithBpf } from "../kernel/support.ts";
import { FakeRuntime } from "../kubernetes/cri/cri-server.ts";
import { idOf, uidOf } from "../kubernetes/made-up-pods.ts";
import { createCgroup } from "../source/sensor/support.ts";
import {
  cleanUp,
  onEnd,
  type RunningAgent,
  startTetrad,
  temporaryDirectory,
  totalsIn,
  until,
} from "./harness.ts";

afterEach(cleanUp);

interface EventProcess {
  readonly arguments?: string;
  readonly pod?: object;
}

async function startRuntime(): Promise<FakeRuntime> {
  const runtime = await new FakeRuntime(join(temporaryDirectory(), "cri.sock")).start();
  onEnd(() => runtime.stop());
  return runtime;
}

describeWithBpf("an agent that asks the container runtime", () => {
  test("says of which pod a process is, of one that is started later and after a restart of the runtime, too", async () => {
    const runtime = await startRuntime();
    const cgroup = await createCgroup();
    onEnd(async () => {
      await cgroup[Symbol.asyncDispose]();
    });
    runtime.run("first").addContainer("first", idOf("first"));
    const agent = startTetrad(
      [
        ...["--event-source=sensor", `--sensor-scope=${cgroup.scope}`, "--export-stdout"],
        ...["--enable-cri", `--cri-endpoint=unix://${runtime.path}`],
      ],
      { env: { PATH: "/usr/bin:/bin" } },
    );
    await agent.logged("Sensor watches");
    const run = (name: string) => {
      const directory = join(cgroup.path, `kubepods/pod${uidOf(name)}/${idOf(name)}`);
      mkdirSync(directory, { recursive: true });
      const script = 'echo $$ > "$0/cgroup.procs" && exec /bin/echo "mark-$1"';
      expect(Bun.spawnSync(["sh", "-c", script, directory, name]).exitCode).toBe(0);
    };
    const podsOf = () =>
      agent
        .stdout()
        .split("\n")
        .slice(0, -1)
        .map((line) => JSON.parse(line).process_exec?.process as EventProcess | undefined)
        .filter((process) => process?.arguments?.startsWith("mark-") === true)
        .map((process) => process?.pod);
    run("first");
    run("second");
    await until(
      () => podsOf().length === 1,
      () => agent.stdout().slice(-4000),
    );
    runtime.run("second").addContainer("second", idOf("second"));
    await until(
      () => podsOf().length === 2,
      () => agent.stdout().slice(-4000),
    );
    await runtime.stop();
    runtime.run("third").addContainer("third", idOf("third"));
    await runtime.start();
    run("third");
    await until(
      () => podsOf().length === 3,
      () => agent.stdout().slice(-4000),
    );
    const expected = (name: string) => ({
      namespace: "shop",
      name,
      uid: uidOf(name),
      container: {
        id: `containerd://${idOf(name)}`,
        name: "main",
        image: { id: "registry.example/img@sha256:1234", name: "registry.example/img:1" },
        start_time: "2026-11-30T10:00:00Z",
        pid: expect.any(Number),
        security_context: {},
      },
      pod_labels: { app: name },
      workload: name,
      workload_kind: "Pod",
    });
    expect(podsOf()).toEqual(["first", "second", "third"].map(expected));
    expect(agent.log()).toContain("The container runtime is asked for pods");
    agent.process.kill("SIGTERM");
    expect(await agent.exit()).toBe(0);
  });
});

describe("events of other sources", () => {
  const event = (pid: number, id: string, pod?: object) =>
    JSON.stringify({
      process_exec: {
        process: { pid, binary: "/bin/x", docker: id.slice(0, 31), ...(pod !== undefined && { pod }) },
      },
      time: "2026-11-30T10:00:00Z",
    });
  /** What the events that were written say of pods, by the numbers of their processes. */
  const podsIn = (agent: RunningAgent) =>
    Object.fromEntries(
      agent
        .stdout()
        .split("\n")
        .filter((line) => line.includes('"process_exec"'))
        .map((line) => JSON.parse(line))
        .map(({ process_exec: { process }, node_name }) => [process.pid, [process.pod?.name, node_name]]),
    );
  const flagsOf = (runtime: FakeRuntime) => [
    ...["--export-stdout", "--enable-cri", `--cri-endpoint=unix://${runtime.path}`],
    ...["--health-server-address=", "--server-address="],
  ];
  const env = { PATH: "/usr/bin:/bin", NODE_NAME: "node-a" };

  test("standard input, a file and another agent's API: each gets its pod and keeps the one that it has", async () => {
    const runtime = await startRuntime();
    runtime.run("web").addContainer("web", idOf("web"));
    const own = event(2, idOf("web"), { name: "own", container: { id: "x" } });
    const lines = [event(1, idOf("web")), own, event(3, idOf("late"))];
    const path = join(temporaryDirectory(), "events.log");
    writeFileSync(path, `${lines.join("\n")}\n`);
    const socket = join(temporaryDirectory(), "api.sock");
    const server = startTetrad([
      ...["--event-source=stdin", "--health-server-address=", `--server-address=unix://${socket}`],
    ]);
    await server.logged("Source started");
    const stdin = startTetrad(["--event-source=stdin", ...flagsOf(runtime)], { env });
    const file = startTetrad([`--event-source=file:${path}`, "--from-beginning", ...flagsOf(runtime)], {
      env,
    });
    const grpc = startTetrad([`--event-source=grpc:unix://${socket}`, ...flagsOf(runtime)], { env });
    await server.logged('msg="Client takes events"');
    for (const agent of [server, stdin]) agent.process.stdin.write(`${lines.join("\n")}\n`);
    for (const agent of [server, stdin]) await agent.process.stdin.flush();
    const agents = [stdin, file, grpc];
    const isLine = (agent: RunningAgent, count: number) => Object.keys(podsIn(agent)).length === count;
    await until(
      () => agents.every((agent) => isLine(agent, 2)),
      () => agents.map((agent) => agent.stdout() + agent.log()).join("\n---\n"),
    );
    runtime.run("late").addContainer("late", idOf("late"));
    await until(
      () => agents.every((agent) => isLine(agent, 3)),
      () => agents.map((agent) => agent.stdout() + agent.log()).join("\n---\n"),
    );
    for (const agent of agents)
      expect(podsIn(agent)).toEqual({ 1: ["web", "node-a"], 2: ["own", undefined], 3: ["late", "node-a"] });
    expect(stdin.stdout()).toContain(`${own}\n`);
    for (const agent of agents) agent.process.kill("SIGTERM");
    expect(await Promise.all(agents.map((agent) => agent.exit()))).toEqual([0, 0, 0]);
    expect(totalsIn(file.log())).toMatchObject({ read: 3, accepted: 3 });
  });

  test("a file that a checkpoint follows waits for nobody, and none of its events is read twice", async () => {
    const runtime = await startRuntime();
    runtime.run("web").addContainer("web", idOf("web"));
    const directory = temporaryDirectory();
    const path = join(directory, "events.log");
    writeFileSync(path, `${event(1, idOf("none"))}\n${event(2, idOf("web"))}\n`);
    const run = async () => {
      const agent = startTetrad(
        [
          ...[`--event-source=file:${path}`, "--from-beginning", "--exit-at-end", ...flagsOf(runtime)],
          ...[`--checkpoint-file=${join(directory, "checkpoint")}`, `--export-filename=${directory}/out`],
        ],
        { env },
      );
      expect(await agent.exit()).toBe(0);
      return agent;
    };
    expect(podsIn(await run())).toEqual({ 1: [undefined, undefined], 2: ["web", "node-a"] });
    expect(podsIn(await run())).toEqual({});
  });
});
