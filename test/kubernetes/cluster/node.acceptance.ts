/** The chart's agents on a real node: kubelet, containerd, runc. As root; the node's directories are of the test's own as far as Kubernetes lets them. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { valuesFile } from "../../charts/support.ts";
import { makeAgentImage, makePauseImage, PAUSE_IMAGE } from "./images.ts";
import { type Cluster, startCluster } from "./peers.ts";

const TIMEOUT_MS = 600_000;
const NAMESPACE = "kube-system";
const CHART = join(import.meta.dir, "../../../charts/tetrad");
const TETRAD = join(import.meta.dir, "../../../dist/tetrad");

/** As it stands in the Elastic integration's set-up steps. */
const SERVICE = `apiVersion: v1
kind: Service
metadata:
  name: tetragon-grpc
  namespace: kube-system
spec:
  selector:
    app.kubernetes.io/name: tetragon
  ports:
    - name: grpc
      protocol: TCP
      port: 54321
      targetPort: 54321
`;

let cluster: Cluster;
let values: string[];

beforeAll(async () => {
  makePauseImage();
  cluster = await startCluster();
  await cluster.addNode();
  const socket = join(cluster.directory, "cri/containerd.sock");
  const archive = makeAgentImage(cluster.directory);
  await cluster.ask(["ctr", "-a", socket, "-n", "k8s.io", "image", "import", archive]);
  values = [
    "--namespace=kube-system",
    "--values",
    valuesFile("document"),
    "--set=tetrad.image.repository=localhost/tetrad,tetrad.kubernetesEvents.enabled=true",
    `--set=exportDirectory=${join(cluster.directory, "log")},tetrad.stateDirectory=${join(cluster.directory, "state")}`,
    // Nothing else of the host's is to be excluded: the pods of the test are in kube-system.
    "--set=tetragon.exportDenyList=,tetrad.options.kubernetes-events-jitter=0s",
    // There is no kube-proxy.
    `--set-json=tetragon.extraEnv=${JSON.stringify([
      { name: "KUBERNETES_SERVICE_HOST", value: "127.0.0.1" },
      { name: "KUBERNETES_SERVICE_PORT", value: `${cluster.port}` },
    ])}`,
    "--set=tetragon.healthGrpc.port=16789,tetragon.prometheus.port=12112",
  ];
}, TIMEOUT_MS);

afterAll(() => cluster?.stop(), TIMEOUT_MS);

const kubectl = (...args: string[]) => cluster.ask(["kubectl", ...args]);

/** Asks until the answer is what is waited for. */
async function until<T>(ask: () => Promise<T>, isIt: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (isIt(answer)) return answer;
    await Bun.sleep(500);
  }
}

async function events(): Promise<{ reason: string; regarding: { kind: string }; note: string }[]> {
  const text = await kubectl("get", "events.events.k8s.io", "-A", "-o", "json");
  const { items } = JSON.parse(text) as { items: { reportingController: string }[] };
  return items.filter(({ reportingController }) => reportingController === "tetrad") as never;
}

async function agentPod(): Promise<string> {
  return (
    await kubectl("get", "pods", "-n", NAMESPACE, "-l", "app.kubernetes.io/name=tetragon", "-o", "name")
  ).trim();
}

const rolledOut = () => kubectl("-n", NAMESPACE, "rollout", "status", "daemonset/tetragon", "--timeout=300s");

describe("on a real node", () => {
  test(
    "the document's values start an agent whose pod begins with tetragon",
    async () => {
      await cluster.ask(["helm", "install", "tetragon", CHART, ...values]);
      await rolledOut();
      expect(await agentPod()).toStartWith("pod/tetragon-");
    },
    TIMEOUT_MS,
  );

  test(
    "its log is where the document says, and has the events of a pod",
    async () => {
      const logs = "/var/log/containers";
      const isIt = (name: string) =>
        name.startsWith("tetragon") && name.includes("export-stdout") && name.endsWith(".log");
      const find = async () => readdirSync(logs).find(isIt);
      const path = join(logs, (await until(find, (name) => name !== undefined)) as string);
      const args = [`--image=${PAUSE_IMAGE}`, "--image-pull-policy=Never", "--restart=Never", "--command"];
      await kubectl("run", "probe", ...args, "--", "/whoami");
      // Lines are the runtime's: time, stream, F, and what the container has printed.
      const read = async () => readFileSync(path, "utf8").trimEnd().split("\n");
      const lines = await until(read, (found) => found.some((line) => line.includes('"binary":"/whoami"')));
      const log = lines.map((line) => line.split(" ").slice(3).join(" "));
      const events = log.map((line) => JSON.parse(line));
      const whoami = events.find((event) => event.process_exec?.process.binary === "/whoami");
      expect(whoami.process_exec.process.pod).toMatchObject({
        namespace: "default",
        name: "probe",
        container: { name: "probe" },
      });
      expect(whoami.node_name).toBe("peer");
    },
    TIMEOUT_MS,
  );

  test(
    "the document's Service finds its endpoints, and doctor finds nothing wrong",
    async () => {
      const path = join(cluster.directory, "tetragon-service.yaml");
      writeFileSync(path, SERVICE);
      await kubectl("apply", "-f", path);
      const list = [
        "get",
        "endpointslices",
        "-n",
        NAMESPACE,
        "-l",
        "kubernetes.io/service-name=tetragon-grpc",
      ];
      await until(
        () => kubectl(...list, "-o", "json"),
        (text) => text.includes('"addresses"'),
      );
      const { code, out } = await doctor();
      expect([code, out]).toEqual([
        0,
        expect.stringContaining("Nothing is wrong that can be seen from here."),
      ]);
    },
    TIMEOUT_MS,
  );

  test(
    "doctor names a selector that does not match",
    async () => {
      await kubectl(
        "patch",
        "service",
        "tetragon-grpc",
        "-n",
        NAMESPACE,
        "-p",
        '{"spec":{"selector":{"app.kubernetes.io/name":"agent"}}}',
      );
      const { code, out } = await doctor();
      expect(code).toBe(1);
      expect(out).toContain("the selector asks for app.kubernetes.io/name=agent");
      expect(out).toContain("What is wrong: selector.");
    },
    TIMEOUT_MS,
  );

  test(
    "Events on Node and Pod say that the agent has started, and then that it has changed",
    async () => {
      const kindsOf = (reason: string) => async () =>
        (await events())
          .filter((event) => event.reason === reason)
          .map(({ regarding }) => regarding.kind)
          .sort();
      const isBoth = (kinds: string[]) => kinds.length >= 2;
      expect(await until(kindsOf("AgentStarted"), isBoth)).toEqual(["Node", "Pod"]);
      await cluster.ask([
        "helm",
        "upgrade",
        "tetragon",
        CHART,
        ...values,
        "--set=tetragon.clusterName=other",
      ]);
      await rolledOut();
      expect(await until(kindsOf("AgentConfigurationChanged"), isBoth)).toEqual(["Node", "Pod"]);
      expect(await until(kindsOf("AgentStopped"), isBoth)).toEqual(["Node", "Pod"]);
      expect(await kubectl("describe", "node", "peer")).toContain("AgentConfigurationChanged");
    },
    TIMEOUT_MS,
  );

  test(
    "doctor names a server on localhost",
    async () => {
      await cluster.ask([
        "helm",
        "upgrade",
        "tetragon",
        CHART,
        ...values,
        "--set=tetragon.grpc.address=localhost:54321",
      ]);
      await rolledOut();
      const { out } = await doctor();
      expect(out).toContain("What is wrong: gRPC address.");
    },
    TIMEOUT_MS,
  );
});

function doctor() {
  return cluster.run([TETRAD, "doctor", "--kubernetes", `--k8s-kubeconfig-path=${cluster.kubeconfig}`]);
}
