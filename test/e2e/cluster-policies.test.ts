/** The executable and an API server: policies of the cluster, for the pods that they say, from the first process on. */
import { afterEach, expect, test } from "bun:test";
import { mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  FineGuidanceSensors,
  TracingPolicyState,
} from "../../src/encoding/protobuf/generated/tetragon/sensors_pb.ts";
import { containerCgroups } from "../../src/source/sensor/scope/cgroup-hierarchy.ts";
import { describeWithBpf } from "../kernel/support.ts";
import { FakeApiServer } from "../kubernetes/api-server.ts";
import { createCgroup } from "../source/sensor/support.ts";
import { GrpcClient } from "./grpc-client.ts";
import { cleanUp, onEnd, runTetrad, startTetrad, temporaryDirectory, until } from "./harness.ts";

afterEach(cleanUp);

const NODE = "peer";
const POLICIES = "/apis/cilium.io/v1alpha1/tracingpolicies";
const NAMESPACED = "/apis/cilium.io/v1alpha1/tracingpoliciesnamespaced";
const PODS = "/api/v1/pods";
/** Of x86-64 and arm64. */
const SCHED_YIELD = process.arch === "arm64" ? "124" : "24";

/** A policy on `sched_yield`. */
function policy(name: string, namespace?: string, spec: object = {}) {
  const selectors = [{ matchArgs: [{ index: 1, operator: "Equal", values: [SCHED_YIELD] }] }];
  const hook = {
    subsystem: "raw_syscalls",
    event: "sys_enter",
    raw: true,
    args: [{ index: 1, type: "int64" }],
    selectors,
  };
  return {
    apiVersion: "cilium.io/v1alpha1",
    kind: namespace === undefined ? "TracingPolicy" : "TracingPolicyNamespaced",
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
    spec: { ...spec, tracepoints: [hook] },
  };
}

/** A pod of this node. */
function pod(uid: string, namespace: string, labels: Readonly<Record<string, string>>) {
  return {
    metadata: { name: `pod-${uid}`, namespace, uid, labels },
    spec: { nodeName: NODE, containers: [] },
  };
}

const uidOf = (digit: string) => `${digit.repeat(8)}-0000-4000-8000-000000000000`;
const idOf = (digit: string) => digit.repeat(64);

/** A directory for cgroups, where this host tells containers apart: in v2 below that of the sensor's scope. */
function directoryFor(scope: string): string {
  const cgroups = containerCgroups()!;
  if (cgroups.subsystem === undefined) return scope;
  const directory = join(cgroups.directory, `tetrad-test-${process.pid}-${Bun.randomUUIDv7()}`);
  mkdirSync(directory);
  return directory;
}

async function start() {
  const enclosure = await createCgroup();
  onEnd(async () => {
    await enclosure[Symbol.asyncDispose]();
  });
  const home = directoryFor(enclosure.path);
  const made = home === enclosure.path ? [] : [home];
  onEnd(() =>
    until(() => {
      try {
        while (made.length > 0) {
          rmdirSync(made.at(-1)!);
          made.pop();
        }
        return true;
      } catch {
        return false;
      }
    }, "the cgroups are empty"),
  );
  const server = await new FakeApiServer().start();
  onEnd(() => server.stop());
  const directory = temporaryDirectory();
  const kubeconfig = join(directory, "kubeconfig");
  const config = {
    "current-context": "test",
    contexts: [{ name: "test", context: { cluster: "test" } }],
    clusters: [{ name: "test", cluster: { server: server.url } }],
  };
  writeFileSync(kubeconfig, JSON.stringify(config), { mode: 0o600 });
  const socket = join(directory, "api.sock");
  const address = `unix://${socket}`;
  const agent = startTetrad(
    [
      ...["--event-source=sensor", `--sensor-scope=${enclosure.scope}`, "--export-stdout"],
      ...[`--server-address=${address}`, "--tracing-policy-dir=", "--health-server-address="],
      ...["--enable-k8s-api", `--k8s-kubeconfig-path=${kubeconfig}`],
    ],
    { env: { PATH: "/usr/bin:/bin", NODE_NAME: NODE } },
  );
  await agent.logged("Sensor watches");
  const client = new GrpcClient("localhost", { path: socket });
  const states = async () => {
    const { policies } = await client.call(FineGuidanceSensors.method.listTracingPolicies, { domain: "k8s" });
    return policies.map(({ namespace, name, state, error }) => ({ namespace, name, state, error }));
  };
  const posted = () =>
    agent
      .stdout()
      .split("\n")
      .filter((line) => line.includes('"process_tracepoint"'))
      .map((line) => JSON.parse(line).process_tracepoint);
  return {
    ...{ enclosure, server, agent, address, states, posted },
    /** Waits until a policy is loaded, in as many namespaces. */
    async loaded(name: string, count = 1) {
      while (
        (await states()).filter(
          (each) => each.name === name && each.state === TracingPolicyState.TP_STATE_ENABLED,
        ).length !== count
      )
        await Bun.sleep(10);
    },
    /** Makes the cgroup of a container of a pod. */
    container(uid: string, id: string) {
      let path = home;
      for (const name of ["kubepods", `pod${uid}`, id]) {
        path = join(path, name);
        if (made.includes(path)) continue;
        mkdirSync(path);
        made.push(path);
      }
      return path;
    },
    /** Names of the policies that post the call of a process whose first act is to be in a cgroup. */
    async postedIn(cgroup: string) {
      const mark = Bun.randomUUIDv7();
      const program = `import os, sys
open("${cgroup}/cgroup.procs", "w").write("0")
os.sched_yield()
open("${home}/cgroup.procs", "w").write("0")
os.execv("/bin/true", ["true", sys.argv[1]])`;
      await enclosure.run(["/usr/bin/python3", "-c", program, mark]);
      // What comes after the call in order says that the call's events have come.
      await until(
        () => agent.stdout().includes(`"arguments":"${mark}"`),
        "the process has become another one",
      );
      const isOfIt = ({ process: { arguments: text } }: { process: { arguments?: string } }) =>
        text?.includes(mark);
      return posted()
        .filter(isOfIt)
        .map(({ policy_name: name }) => String(name))
        .sort();
    },
  };
}

describeWithBpf("policies of the cluster", () => {
  test("are for pods of their namespace and with their labels, from the first process on", async () => {
    const { server, container, loaded, postedIn, agent, states } = await start();
    server.put(PODS, pod(uidOf("a"), "shop", { app: "web" }));
    server.put(PODS, pod(uidOf("b"), "shop", { app: "db" }));
    server.put(PODS, pod(uidOf("c"), "kitchen", { app: "web" }));
    server.put(POLICIES, policy("labels", undefined, { podSelector: { matchLabels: { app: "web" } } }));
    server.put(NAMESPACED, policy("twin", "shop"));
    server.put(NAMESPACED, policy("twin", "kitchen", { podSelector: { matchLabels: { app: "db" } } }));
    await loaded("labels");
    await loaded("twin", 2);
    const posts = async (digit: string) => await postedIn(container(uidOf(digit), idOf(digit)));
    // Whether pods or policies are known first nobody says.
    while ((await postedIn(container(uidOf("a"), idOf("0")))).length < 2) await Bun.sleep(10);
    expect(await posts("a")).toEqual(["labels", "twin"]);
    expect(await posts("b")).toEqual(["twin"]);
    expect(await posts("c")).toEqual(["labels"]);
    server.delete(NAMESPACED, "twin", "shop");
    await loaded("twin", 1);
    expect(await posts("b")).toEqual([]);
    expect((await states()).map(({ namespace, name }) => `${namespace}/${name}`).sort()).toEqual([
      "/labels",
      "kitchen/twin",
    ]);
    expect(agent.log()).not.toContain("internal_error=1");
  }, 120_000);

  test("wait for the pod of a container that a runtime says is to start; what cannot be decided does not start", async () => {
    const { server, address, container, loaded, postedIn } = await start();
    server.put(NAMESPACED, policy("guard", "shop"));
    await loaded("guard");
    const cgroup = container(uidOf("d"), idOf("d"));
    const bundle = temporaryDirectory();
    const hook = async (uid: string, path: string, namespace: string, id = idOf("d")) => {
      const annotations = {
        "io.kubernetes.cri.sandbox-uid": uid,
        "io.kubernetes.cri.sandbox-namespace": namespace,
        "io.kubernetes.cri.container-name": "main",
      };
      writeFileSync(
        join(bundle, "config.json"),
        JSON.stringify({ annotations, linux: { cgroupsPath: path } }),
      );
      const state = JSON.stringify({ ociVersion: "1.0.2", id, status: "creating", bundle });
      return await runTetrad(["oci-hook", "createRuntime", `--grpc-address=${address}`], { input: state });
    };
    const path = cgroup.slice(cgroup.indexOf("/tetrad-test-"));
    // The API server is slower than the kubelet.
    const asked = hook(uidOf("d"), path, "shop");
    await Bun.sleep(100);
    server.put(PODS, pod(uidOf("d"), "shop", {}));
    expect(await asked).toMatchObject({ code: 0, stderr: "" });
    expect(await postedIn(cgroup)).toEqual(["guard"]);
    // A path that is none as the host sees it, as from inside of a node that is a container: the name of the cgroup says it.
    expect(await hook(uidOf("d"), "/nowhere", "shop")).toMatchObject({ code: 0, stderr: "" });
    // One that is nowhere nobody can decide about.
    expect(await hook(uidOf("d"), "/nowhere", "shop", idOf("e"))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("Cannot decide about container"),
    });
    expect(await hook(uidOf("d"), "/nowhere", "kube-system", idOf("e"))).toMatchObject({ code: 0 });
  }, 120_000);
});
