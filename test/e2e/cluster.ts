/** @module The executable beside an API server of the tests' own, with cgroups of pods that there are none of. */
import { mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import {
  FineGuidanceSensors,
  TracingPolicyState,
} from "../../src/encoding/protobuf/generated/tetragon/sensors_pb.ts";
import { containerCgroups } from "../../src/source/sensor/scope/cgroup-hierarchy.ts";
import { FakeApiServer } from "../kubernetes/api-server.ts";
import { createCgroup } from "../source/sensor/support.ts";
import { GrpcClient } from "./grpc-client.ts";
import { onEnd, startTetrad, temporaryDirectory, until } from "./harness.ts";

const NODE = "peer";
export const POLICIES = "/apis/cilium.io/v1alpha1/tracingpolicies";
export const NAMESPACED = "/apis/cilium.io/v1alpha1/tracingpoliciesnamespaced";
export const PODS = "/api/v1/pods";
/** Of x86-64 and arm64. */
const SCHED_YIELD = process.arch === "arm64" ? "124" : "24";

/** A policy on a system call. @param call Its number. @default `sched_yield` */
export function policy(name: string, namespace?: string, spec: object = {}, call = SCHED_YIELD) {
  const selectors = [{ matchArgs: [{ index: 1, operator: "Equal", values: [call] }] }];
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
export function pod(uid: string, namespace: string, labels: Readonly<Record<string, string>>) {
  return {
    metadata: { name: `pod-${uid}`, namespace, uid, labels },
    spec: { nodeName: NODE, containers: [] },
  };
}

export const uidOf = (digit: string) => `${digit.repeat(8)}-0000-4000-8000-000000000000`;
export const idOf = (digit: string) => digit.repeat(64);

/** A directory for cgroups, where this host tells containers apart: in v2 that of the sensor's scope, in v1 one of the same name. */
function directoryFor(scope: string): string {
  const cgroups = containerCgroups()!;
  if (cgroups.subsystem === undefined) return scope;
  const directory = join(cgroups.directory, basename(scope));
  mkdirSync(directory);
  return directory;
}

/** An agent, the API server that it asks, and cgroups. */
export async function start(...flags: readonly string[]) {
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
      ...["--enable-k8s-api", `--k8s-kubeconfig-path=${kubeconfig}`, ...flags],
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
    ...{ enclosure, home, server, agent, address, states, posted },
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
