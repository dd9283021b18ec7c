/** An agent that asks a real container runtime, and no API server, of which pods events are. As root, on a node of the test's own. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type RunningAgent, startTetrad } from "../../e2e/harness.ts";
import { makePauseImage, PAUSE_IMAGE } from "./images.ts";
import { type Cluster, startCluster } from "./peers.ts";

const TIMEOUT_MS = 600_000;

let cluster: Cluster;
let agent: RunningAgent;

beforeAll(async () => {
  makePauseImage();
  cluster = await startCluster();
  await cluster.addNode();
  const socket = join(cluster.directory, "cri/containerd.sock");
  agent = startTetrad([
    ...["--event-source=sensor", "--export-stdout", "--enable-cri", `--cri-endpoint=unix://${socket}`],
    ...["--enable-pod-annotations", '--export-allowlist={"namespace":["default"]}'],
    ...["--server-address=", "--health-server-address=", "--tracing-policy-dir="],
  ]);
  await agent.logged("Sensor watches");
  const account = ["kubectl", "get", "serviceaccount", "default"];
  await until(
    () => cluster.run(account),
    ({ code }) => code === 0,
  );
}, TIMEOUT_MS);

afterAll(async () => {
  agent?.process.kill("SIGTERM");
  await agent?.exit();
  await cluster?.stop();
}, TIMEOUT_MS);

const kubectl = (...args: string[]) => cluster.ask(["kubectl", ...args]);

interface Process {
  readonly binary: string;
  readonly pod?: { readonly name: string; readonly [field: string]: unknown };
}

/** The pods of a program's executions in pods whose name begins so. */
function podsOf(name: string, binary: string) {
  return agent
    .stdout()
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line).process_exec?.process as Process | undefined)
    .filter((process) => process?.binary === binary && process.pod?.name.startsWith(name) === true)
    .map((process) => process?.pod);
}

async function until<T>(ask: () => T | Promise<T>, isIt: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (isIt(answer)) return answer;
    await Bun.sleep(200);
  }
}

const FLAGS = [`--image=${PAUSE_IMAGE}`, "--image-pull-policy=Never", "--restart=Never"];

test(
  "says of the first program of a pod what the API server says of the pod",
  async () => {
    const labels = "--labels=app=web,tier=front";
    await kubectl("run", "web", ...FLAGS, labels, "--annotations=note=hello", "--command", "--", "/whoami");
    const [pod] = await until(
      () => podsOf("web", "/whoami"),
      (found) => found.length > 0,
    );
    const text = await until(
      () => kubectl("get", "pod", "web", "-o", "json"),
      (answer) => answer.includes('"terminated"'),
    );
    const { metadata, status } = JSON.parse(text);
    const [container] = status.containerStatuses;
    expect(pod).toEqual({
      namespace: "default",
      name: "web",
      uid: metadata.uid,
      container: {
        id: container.containerID,
        name: "web",
        image: { id: container.imageID, name: container.image },
        start_time: container.state.terminated.startedAt,
        pid: 1,
        security_context: {},
      },
      pod_labels: { app: "web", tier: "front" },
      pod_annotations: { note: "hello" },
      workload: "web",
      workload_kind: "Pod",
    });
  },
  TIMEOUT_MS,
);

test(
  "says of which workload fifty pods that start at once are",
  async () => {
    const deployment = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "many" },
      spec: {
        replicas: 50,
        selector: { matchLabels: { app: "many" } },
        template: {
          metadata: { labels: { app: "many" } },
          spec: {
            terminationGracePeriodSeconds: 0,
            containers: [
              { name: "main", image: PAUSE_IMAGE, imagePullPolicy: "Never", command: ["/whoami"] },
            ],
          },
        },
      },
    };
    await cluster.ask(["kubectl", "apply", "-f", "-"], JSON.stringify(deployment));
    const names = () => new Set(podsOf("many-", "/whoami").map((pod) => pod?.name));
    await until(names, ({ size }) => size === 50);
    for (const pod of podsOf("many-", "/whoami"))
      expect(pod).toMatchObject({
        workload: "many",
        workload_kind: "Deployment",
        pod_labels: { app: "many" },
        container: { name: "main", start_time: expect.any(String) },
      });
    await kubectl("delete", "deployment", "many", "--wait=false");
  },
  TIMEOUT_MS,
);

test(
  "goes on when the runtime was started anew",
  async () => {
    const { directory } = cluster;
    process.kill(Number(readFileSync(join(directory, "containerd.pid"), "utf8")));
    await cluster.ask([
      ...["unshare", "--mount", "--propagation=shared", "sh", "-c"],
      `cd "$0" && { containerd -c cri/config.toml >>cri.log 2>&1 & echo $! >containerd.pid; }`,
      directory,
    ]);
    await kubectl("run", "later", ...FLAGS, "--command", "--", "/whoami");
    const [pod] = await until(
      () => podsOf("later", "/whoami"),
      (found) => found.length > 0,
    );
    expect(pod).toMatchObject({ namespace: "default", name: "later", container: { name: "later" } });
  },
  TIMEOUT_MS,
);
