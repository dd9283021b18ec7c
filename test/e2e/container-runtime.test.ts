/** The executable and a container runtime: where there is no API server, that says of which pod an event is. */
import { afterEach, expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describeWithBpf } from "../kernel/support.ts";
import { FakeRuntime } from "../kubernetes/cri/cri-server.ts";
import { idOf, uidOf } from "../kubernetes/made-up-pods.ts";
import { createCgroup } from "../source/sensor/support.ts";
import { cleanUp, onEnd, startTetrad, temporaryDirectory, until } from "./harness.ts";

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
