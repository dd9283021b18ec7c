/** @module A real node with the chart's agent on it, for tests of `npm run acceptance -- kubernetes`. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { valuesFile } from "../../charts/support.ts";
import { makeAgentImage, makePauseImage } from "./images.ts";
import { type Cluster, startCluster } from "./peers.ts";

export const NAMESPACE = "kube-system";
export const CHART = join(import.meta.dir, "../../../charts/tetrad");

/** A node, and what installs agents on it. */
export interface Node {
  readonly cluster: Cluster;
  /** The document's values, and what this node needs beside them. */
  readonly values: readonly string[];
  kubectl(...args: string[]): Promise<string>;
  /** Installs the chart, or upgrades it, and waits until the agent works. @param more For Helm. */
  install(...more: string[]): Promise<string>;
  /** Events of the agent's files that are there at present. */
  events(): LoggedEvent[];
}

/** An event of an export file, as far as tests look at it. */
export interface LoggedEvent {
  readonly node_name?: string;
  readonly [type: string]: unknown;
}

/** A process of an event. */
export interface LoggedProcess {
  readonly binary?: string;
  readonly arguments?: string;
  readonly pod?: {
    readonly namespace: string;
    readonly name: string;
    readonly uid?: string;
    readonly container?: { readonly id?: string; readonly name?: string };
  };
}

/** Starts API server, node and image. @throws Error */
export async function startNode(): Promise<Node> {
  makePauseImage();
  const cluster = await startCluster();
  try {
    await cluster.addNode();
    const socket = join(cluster.directory, "cri/containerd.sock");
    const archive = makeAgentImage(cluster.directory);
    await cluster.ask(["ctr", "-a", socket, "-n", "k8s.io", "image", "import", archive]);
  } catch (error) {
    await cluster.stop();
    throw error;
  }
  const values = valuesFor(cluster);
  const kubectl = (...args: string[]) => cluster.ask(["kubectl", ...args]);
  return {
    cluster,
    values,
    kubectl,
    async install(...more) {
      const said = await cluster.ask(["helm", "upgrade", "--install", "tetragon", CHART, ...values, ...more]);
      await kubectl("-n", NAMESPACE, "rollout", "status", "daemonset/tetragon", "--timeout=300s");
      return said;
    },
    events: () => readEvents(join(cluster.directory, "log")),
  };
}

function valuesFor({ directory, port }: Cluster): string[] {
  return [
    "--namespace=kube-system",
    "--values",
    valuesFile("document"),
    "--set=tetrad.image.repository=localhost/tetrad,tetrad.kubernetesEvents.enabled=true",
    `--set=exportDirectory=${join(directory, "log")},tetrad.stateDirectory=${join(directory, "state")}`,
    // Nothing else of the host's is to be excluded: the pods of the test are in kube-system.
    "--set=tetragon.exportDenyList=,tetrad.options.kubernetes-events-jitter=0s",
    // There is no kube-proxy.
    `--set-json=tetragon.extraEnv=${JSON.stringify([
      { name: "KUBERNETES_SERVICE_HOST", value: "127.0.0.1" },
      { name: "KUBERNETES_SERVICE_PORT", value: `${port}` },
    ])}`,
    "--set=tetragon.healthGrpc.port=16789,tetragon.prometheus.port=12112",
  ];
}

/** Of rotated files, too. A line that is being written is left out. */
function readEvents(directory: string): LoggedEvent[] {
  const names = readdirSync(directory).filter((name) => name.endsWith(".log"));
  return names.flatMap((name) =>
    readFileSync(join(directory, name), "utf8")
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as LoggedEvent),
  );
}

/** Processes of events of one type that have executed a file. */
export function processesOf(events: readonly LoggedEvent[], type: string, binary: string): LoggedProcess[] {
  return events.flatMap((event) => {
    const { process } = (event[type] ?? {}) as { process?: LoggedProcess };
    return process?.binary === binary ? [process] : [];
  });
}

/** Asks until the answer is what is waited for. */
export async function until<T>(ask: () => T | Promise<T>, isIt: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (isIt(answer)) return answer;
    await Bun.sleep(500);
  }
}
