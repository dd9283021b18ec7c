/** @module An agent whose sensor watches a cgroup, and the API server of a made-up cluster that it asks. */
import { expect } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FakeApiServer } from "../kubernetes/api-server.ts";
import { NODE } from "../kubernetes/made-up-pods.ts";
import { type CgroupEnclosure, createCgroup } from "../source/sensor/support.ts";
import { onEnd, type RunningAgent, startTetrad, temporaryDirectory } from "./harness.ts";

/** Of pods, of the node, and of both kinds of policies. */
export const WATCHES = 4;

/** Of an event, what these tests look at. */
export interface EventProcess {
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
/** An event, likewise. */
export interface Event {
  readonly process_exec?: { readonly process: EventProcess; readonly parent?: EventProcess };
  readonly process_exit?: { readonly process: EventProcess };
  readonly node_name?: string;
  readonly node_labels?: Record<string, string>;
  readonly cluster_name?: string;
}

/** An API server that is there until the test ends. */
export async function startServer(): Promise<FakeApiServer> {
  const server = await new FakeApiServer().start();
  onEnd(() => server.stop());
  return server;
}

/** A cgroup that holds all others of the test. */
export async function startCgroup(): Promise<CgroupEnclosure> {
  const cgroup = await createCgroup();
  onEnd(async () => {
    await cgroup[Symbol.asyncDispose]();
  });
  return cgroup;
}

/** An agent that watches `cgroup` and asks `server`. */
export function startAgent(
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

/** What the agent has exported so far. */
export function eventsOf(agent: RunningAgent): Event[] {
  return agent
    .stdout()
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Event);
}

/** The processes whose arguments begin with `mark`. */
export function execsOf(agent: RunningAgent, mark: string): EventProcess[] {
  return eventsOf(agent).flatMap(({ process_exec: exec }) =>
    exec?.process.arguments?.startsWith(mark) === true ? [exec.process] : [],
  );
}

/** Runs a program in the cgroup at `path` below the enclosure. */
export function runIn({ path: root }: CgroupEnclosure, path: string, command: readonly string[]): void {
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
