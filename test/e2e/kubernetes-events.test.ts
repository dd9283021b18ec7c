import { afterEach, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeWithBpf } from "../kernel/support.ts";
import { type ApiObject, FakeApiServer } from "../kubernetes/api-server.ts";
import { createPidNamespace } from "../source/sensor/support.ts";
import { cleanUp, onEnd, runTetrad, startTetrad, temporaryDirectory, until } from "./harness.ts";

afterEach(cleanUp);

const POD = {
  NODE_NAME: "worker-1",
  POD_NAME: "tetragon-x7x2b",
  POD_NAMESPACE: "kube-system",
  POD_UID: "u-1",
};

/** An API server, the kubeconfig that leads to it, and the flags of an agent that speaks to it. */
async function cluster() {
  const directory = temporaryDirectory();
  const server = await new FakeApiServer().start();
  onEnd(() => server.stop());
  const kubeconfig = join(directory, "kubeconfig");
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      clusters: [{ name: "c", cluster: { server: server.url } }],
      users: [{ name: "u", user: { token: "secret" } }],
      contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
      "current-context": "x",
    }),
    { mode: 0o600 },
  );
  const created = () =>
    server.requests
      .filter(({ method, path }) => method === "POST" && path.endsWith("/events"))
      .map(({ body }) => body as ApiObject & { reason: string; note: string; regarding: { kind: string } });
  const flags = [
    "--event-source=stdin",
    "--export-blackhole",
    "--kubernetes-events",
    "--kubernetes-events-jitter=0s",
    `--kubernetes-events-state=${join(directory, "state/events.json")}`,
    `--k8s-kubeconfig-path=${kubeconfig}`,
  ];
  return { server, created, flags, directory };
}

describe("--kubernetes-events", () => {
  test("says on the Node and the Pod that the agent starts, stops, and what has changed since", async () => {
    const { created, flags } = await cluster();
    const reasons = () => created().map(({ reason, regarding }) => `${regarding.kind} ${reason}`);
    const run = async (...more: string[]) => {
      const before = created().length;
      const agent = startTetrad([...flags, ...more], { env: POD });
      await until(
        () => created().length >= before + 2,
        () => `two Events, log:\n${agent.log()}`,
      );
      agent.process.kill("SIGTERM");
      expect(await agent.exit()).toBe(0);
      return reasons().slice(before);
    };
    expect(await run()).toEqual([
      "Node AgentStarted",
      "Pod AgentStarted",
      "Node AgentStopped",
      "Pod AgentStopped",
    ]);
    expect((await run()).slice(0, 2)).toEqual(["Node AgentRestarted", "Pod AgentRestarted"]);
    expect((await run("--cluster-name=other")).slice(0, 2)).toEqual([
      "Node AgentConfigurationChanged",
      "Pod AgentConfigurationChanged",
    ]);
  });

  test("says that the one before was killed", async () => {
    const { created, flags } = await cluster();
    const first = startTetrad(flags, { env: POD });
    await until(() => created().length >= 2, "the first start");
    first.process.kill("SIGKILL");
    await first.exit();
    const second = startTetrad(flags, { env: POD });
    await until(
      () => created().length >= 4,
      () => `the second start, log:\n${second.log()}`,
    );
    expect(created()[2]).toMatchObject({ type: "Warning", reason: "AgentRestarted" });
    expect(created()[2]?.note).toContain("killed, or by a fault");
  });

  test("says that a reload has changed the configuration", async () => {
    const { created, flags, directory } = await cluster();
    const config = temporaryDirectory();
    const agent = startTetrad([...flags, `--config-dir=${config}`], { env: POD });
    await until(
      () => created().length >= 2,
      () => `the start, log:\n${agent.log()}`,
    );
    writeFileSync(join(config, "export-rate-limit"), "100");
    agent.process.kill("SIGHUP");
    await until(
      () => created().length >= 4,
      () => `the reload, log:\n${agent.log()} ${directory}`,
    );
    expect(created()[2]).toMatchObject({ reason: "AgentConfigurationChanged", action: "Reload" });
  });

  describeWithBpf("with the sensor", () => {
    test("says of a policy once that it cannot be loaded, and why", async () => {
      const { created, flags } = await cluster();
      const enclosure = await createPidNamespace();
      onEnd(async () => {
        await enclosure[Symbol.asyncDispose]();
      });
      const policies = temporaryDirectory();
      const spec = "spec: {tracepoints: [{subsystem: nobody, event: knows, args: []}]}";
      const metadata = "metadata: {name: unknown-place}";
      const text = ["apiVersion: cilium.io/v1alpha1", "kind: TracingPolicy", metadata, spec].join("\n");
      writeFileSync(join(policies, "policy.yaml"), text);
      const agent = startTetrad(
        [
          ...flags.filter((flag) => !flag.startsWith("--event-source")),
          ...[
            "--event-source=sensor",
            `--sensor-scope=${enclosure.scope}`,
            `--tracing-policy-dir=${policies}`,
          ],
        ],
        { env: POD },
      );
      const failures = () => created().filter(({ reason }) => reason === "PolicyFailed");
      await until(
        () => failures().length >= 2,
        () => `two Events, log:\n${agent.log()}`,
      );
      expect(failures().map(({ regarding }) => regarding.kind)).toEqual(["Node", "Pod"]);
      expect(failures()[0]).toMatchObject({ type: "Warning" });
      expect(failures()[0]?.note).toContain('found "nobody/knows", expected a tracepoint of this kernel');
    });
  });

  test("an API server that is away holds up neither the run nor its end", async () => {
    const { server, flags } = await cluster();
    await server.stop();
    const { code, stderr } = await runTetrad(flags, { env: POD, input: "" });
    expect(code).toBe(0);
    expect(stderr).toContain("Cannot bring a Kubernetes Event to the API server");
  });

  test("without an API server the configuration is wrong", async () => {
    const { code, stderr } = await runTetrad(
      ["--event-source=stdin", "--export-blackhole", "--kubernetes-events"],
      {
        input: "",
      },
    );
    expect(code).toBe(2);
    expect(stderr).toContain("KUBERNETES_SERVICE_HOST is not set");
  });
});
