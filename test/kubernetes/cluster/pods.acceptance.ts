/** Pods of a real node that come and go, and policies that do: what the agent knows of them, also where the API server is killed. As root. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { type LoggedProcess, type Node, processesOf, startNode, until } from "./agents.ts";
import { PAUSE_IMAGE } from "./images.ts";

const TIMEOUT_MS = 600_000;
const PODS = 50;

let node: Node;

beforeAll(async () => {
  node = await startNode();
  await node.install();
}, TIMEOUT_MS);

afterAll(() => node?.cluster.stop(), TIMEOUT_MS);

const names = (family: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${family}-${index}`);

/** Pods whose only process says which pod it is meant to be in. */
function podsOf(family: string, count: number, more: object = {}): string {
  const items = names(family, count).map((name) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default", labels: { family } },
    spec: {
      restartPolicy: "Never",
      terminationGracePeriodSeconds: 0,
      containers: [
        { name: `of-${name}`, image: PAUSE_IMAGE, imagePullPolicy: "Never", command: ["/whoami", name] },
      ],
      ...more,
    },
  }));
  return JSON.stringify({ apiVersion: "v1", kind: "List", items });
}

interface PodObject {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly status: {
    readonly phase?: string;
    readonly containerStatuses?: readonly { readonly containerID?: string; readonly restartCount: number }[];
  };
}

async function podObjects(family: string): Promise<PodObject[]> {
  return JSON.parse(await node.kubectl("get", "pods", "-l", `family=${family}`, "-o", "json")).items;
}

/** What each process of a family of pods was said to be in. */
const ofFamily = (type: string, family: string): LoggedProcess[] =>
  processesOf(node.events(), type, "/whoami").filter(({ arguments: name }) => name?.startsWith(`${family}-`));

test(
  `each of ${PODS} pods is that of its process, from its first exec on`,
  async () => {
    await node.cluster.ask(["kubectl", "apply", "-f", "-"], podsOf("many", PODS));
    const objects = await until(
      () => podObjects("many"),
      (pods) => pods.length === PODS && pods.every(({ status }) => status.phase === "Succeeded"),
    );
    const expected = objects
      .map(({ metadata: { name, uid }, status: { containerStatuses } }) => ({
        said: name,
        pod: {
          namespace: "default",
          name,
          uid,
          container: `of-${name}`,
          id: containerStatuses?.[0]?.containerID,
        },
      }))
      .sort((one, other) => one.said.localeCompare(other.said));
    for (const type of ["process_exec", "process_exit"]) {
      const processes = await until(
        () => ofFamily(type, "many"),
        (found) => found.length >= PODS,
      );
      const found = processes.map(({ arguments: said, pod }) => ({
        said: said ?? "",
        pod: {
          namespace: pod?.namespace,
          name: pod?.name,
          uid: pod?.uid,
          container: pod?.container?.name,
          id: pod?.container?.id,
        },
      }));
      expect(found.sort((one, other) => one.said.localeCompare(other.said))).toEqual(expected as never);
    }
    console.log(`${PODS} pods: each exec and each exit with its pod and container`);
  },
  TIMEOUT_MS,
);

test(
  "a pod of the same name that is made anew is another one, and one of 200 KB is as good as a small one",
  async () => {
    const big = { annotations: { text: "x".repeat(200_000) } };
    const once = JSON.parse(podsOf("again", 1)).items[0];
    const uids: string[] = [];
    for (const metadata of [once.metadata, { ...once.metadata, ...big }]) {
      await node.cluster.ask(["kubectl", "create", "-f", "-"], JSON.stringify({ ...once, metadata }));
      const [object] = await until(
        () => podObjects("again"),
        ([pod]) => pod?.status.phase === "Succeeded",
      );
      uids.push(object?.metadata.uid ?? "");
      await until(
        () => ofFamily("process_exit", "again"),
        (found) => found.length === uids.length,
      );
      await node.kubectl("delete", "pod", "again-0");
    }
    for (const type of ["process_exec", "process_exit"])
      expect(ofFamily(type, "again").map(({ pod }) => pod?.uid)).toEqual(uids);
  },
  TIMEOUT_MS,
);

test(
  "pods that come and go while the API server is killed are known when it is back",
  async () => {
    await node.cluster.ask(["kubectl", "delete", "pods", "-l", "family=many", "--wait=false"]);
    // They begin and end in turns: some before the API server is killed, some while it is away.
    const shell = { restartPolicy: "Always" };
    const rounds = 3;
    for (let round = 0; round < rounds; round++) {
      await node.cluster.ask(["kubectl", "apply", "-f", "-"], podsOf(`turn${round}`, 8, shell));
      await until(
        () => ofFamily("process_exec", `turn${round}`),
        (found) => found.length > 0,
      );
      await node.cluster.killApiServer();
      const before = ofFamily("process_exec", `turn${round}`).length;
      // Containers that end are started anew by the kubelet alone.
      await until(
        () => containersOfTasks(),
        (tasks) => tasks > 0,
      );
      await node.cluster.startApiServer();
      const objects = await until(
        () => podObjects(`turn${round}`),
        (pods) => pods.every(({ status }) => (status.containerStatuses?.[0]?.restartCount ?? 0) >= 1),
      );
      const found = await until(
        () => ofFamily("process_exec", `turn${round}`),
        (processes) =>
          new Set(processes.map(({ arguments: name }) => name)).size === objects.length &&
          processes.length > before,
      );
      const uids = new Map(objects.map(({ metadata: { name, uid } }) => [name, uid]));
      const wrong = found.filter(
        ({ arguments: said, pod }) => pod?.name !== said || pod?.uid !== uids.get(said ?? ""),
      );
      expect(wrong).toEqual([]);
      console.log(
        `API server killed and back: ${found.length} execs of ${objects.length} pods, each with its pod`,
      );
      await node.cluster.ask(["kubectl", "delete", "pods", "-l", `family=turn${round}`, "--wait=false"]);
    }
    // The agent is the one it was.
    const [agent] = JSON.parse(
      await node.kubectl(
        "get",
        "pods",
        "-n",
        "kube-system",
        "-l",
        "app.kubernetes.io/name=tetragon",
        "-o",
        "json",
      ),
    ).items as PodObject[];
    expect(agent?.status.containerStatuses?.map(({ restartCount }) => restartCount)).toEqual([0, 0]);
  },
  TIMEOUT_MS,
);

async function containersOfTasks(): Promise<number> {
  const socket = join(node.cluster.directory, "cri/containerd.sock");
  return (await node.cluster.ask(["ctr", "-a", socket, "-n", "k8s.io", "task", "ls", "-q"])).split("\n")
    .length;
}
