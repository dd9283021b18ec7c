/** The chart's agents on a real node: kubelet, containerd, runc. As root; the node's directories are of the test's own as far as Kubernetes lets them. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { NAMESPACE, type Node, startNode, until } from "./agents.ts";
import { PAUSE_IMAGE } from "./images.ts";
import type { Cluster } from "./peers.ts";

const TIMEOUT_MS = 600_000;
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

let node: Node;
let cluster: Cluster;

beforeAll(async () => {
  node = await startNode();
  cluster = node.cluster;
}, TIMEOUT_MS);

afterAll(() => cluster?.stop(), TIMEOUT_MS);

const kubectl = (...args: string[]) => node.kubectl(...args);

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

describe("on a real node", () => {
  test(
    "the document's values start an agent whose pod begins with tetragon",
    async () => {
      await node.install();
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
      await node.install("--set=tetragon.clusterName=other");
      expect(await until(kindsOf("AgentConfigurationChanged"), isBoth)).toEqual(["Node", "Pod"]);
      expect(await until(kindsOf("AgentStopped"), isBoth)).toEqual(["Node", "Pod"]);
      expect(await kubectl("describe", "node", "peer")).toContain("AgentConfigurationChanged");
    },
    TIMEOUT_MS,
  );

  test(
    "doctor names a server on localhost",
    async () => {
      await node.install("--set=tetragon.grpc.address=localhost:54321");
      const { out } = await doctor();
      expect(out).toContain("What is wrong: gRPC address.");
    },
    TIMEOUT_MS,
  );
});

function doctor() {
  return cluster.run([TETRAD, "doctor", "--kubernetes", `--k8s-kubeconfig-path=${cluster.kubeconfig}`]);
}
