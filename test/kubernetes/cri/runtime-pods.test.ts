import { afterEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { ContainerState } from "../../../src/encoding/protobuf/generated/runtime/v1/api_pb.ts";
import { CriClient, type CriClientSettings } from "../../../src/kubernetes/cri/client.ts";
import { RuntimePods } from "../../../src/kubernetes/cri/runtime-pods.ts";
import { PodObject } from "../../../src/kubernetes/pod/object.ts";
import { PodStore, type PodStoreSettings } from "../../../src/kubernetes/pod/store.ts";
import { GrpcError, STATUS } from "../../../src/lib/grpc/status.ts";
import { idOf, type MadeUpPod, podOf, uidOf } from "../made-up-pods.ts";
import { FakeRuntime } from "./cri-server.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

interface Settings {
  readonly isAlone?: boolean;
  readonly client?: CriClientSettings;
  readonly store?: Partial<PodStoreSettings>;
}

const shortOf = (id: string) => id.slice(0, 31);
const parsed = (name: string, settings: MadeUpPod = {}): PodObject =>
  v.parse(PodObject, podOf(name, settings));

async function setUp({ isAlone = true, client: own, store: ownStore }: Settings = {}) {
  const directory = mkdtempSync(join(tmpdir(), "tetrad-cri-"));
  ends.push(() => rmSync(directory, { recursive: true, force: true }));
  const runtime = await new FakeRuntime(join(directory, "cri.sock")).start();
  ends.push(() => runtime.stop());
  const store = new PodStore({ withAnnotations: false, deletedSize: 10, timeoutMs: 30_000, ...ownStore });
  ends.push(() => store[Symbol.dispose]());
  const client = new CriClient({ socket: runtime.path, ...own });
  const warnings: string[] = [];
  const log = {
    info: () => {},
    warn: (message: string, fields?: object) => void warnings.push(`${message} ${JSON.stringify(fields)}`),
  };
  const pods = new RuntimePods({ client, store, isAlone, log });
  ends.push(() => pods.stop());
  /** What events say of a container, once it is known or given up. */
  const factsOf = async (id: string) => {
    const container = store.find(shortOf(id));
    await container.question;
    return container.identity?.facts;
  };
  return { runtime, store, client, pods, warnings, factsOf };
}

test("RuntimePods knows what there is from its start on, as the API server would describe it", async () => {
  const { runtime, pods, store } = await setUp();
  runtime.run("web").addContainer("web", idOf("c"));
  await pods.start();
  expect(store.find(shortOf(idOf("c"))).identity?.facts).toEqual({
    namespace: "shop",
    name: "web",
    uid: uidOf("web"),
    container: {
      id: `containerd://${idOf("c")}`,
      name: "main",
      image: { id: "registry.example/img@sha256:1234", name: "registry.example/img:1" },
      start_time: "2026-11-30T10:00:00Z",
      security_context: {},
    },
    pod_labels: { app: "web" },
    workload: "web",
    workload_kind: "Pod",
  });
});

test("RuntimePods asks for a container that is not known, and only for that", async () => {
  const { runtime, pods, factsOf } = await setUp({ isAlone: false });
  await pods.start();
  expect(runtime.calls).toEqual([]);
  runtime.run("web").addContainer("web", idOf("c"));
  expect(await factsOf(idOf("c"))).toMatchObject({ name: "web" });
  expect(runtime.calls).toEqual(["Version", "ListContainers", "ListPodSandbox", "ContainerStatus"]);
  while (pods.figures.resolved === 0) await Bun.sleep(1);
  expect(pods.figures).toEqual({ asked: 1, resolved: 1, failures: 0, malformed: 0 });
});

test("RuntimePods asks again for a container that the runtime does not know yet, or that has not begun yet", async () => {
  const { runtime, pods, factsOf } = await setUp();
  await pods.start();
  const facts = factsOf(idOf("late"));
  while (runtime.calls.filter((call) => call === "ListContainers").length < 3) await Bun.sleep(1);
  const status = { state: ContainerState.CONTAINER_CREATED, startedAt: 0n };
  runtime.run("late").addContainer("late", idOf("late"), status);
  while (!runtime.calls.includes("ContainerStatus")) await Bun.sleep(1);
  runtime.addContainer("late", idOf("late"));
  expect(await facts).toMatchObject({ name: "late", container: { start_time: "2026-11-30T10:00:00Z" } });
});

test("RuntimePods lets nobody wait for the process that holds a pod's namespaces, and knows the pod by it", async () => {
  const { runtime, pods, store, factsOf } = await setUp();
  await pods.start();
  runtime.run("web");
  expect(await factsOf(idOf("sandbox-web"))).toBeUndefined();
  expect(store.known.pod(uidOf("web"))).toMatchObject({ namespace: "shop" });
});

test("RuntimePods asks for all containers at once where many are not known", async () => {
  const { runtime, pods, factsOf } = await setUp();
  await pods.start();
  runtime.calls.length = 0;
  const names = Array.from({ length: 60 }, (_, i) => `web-${i}`);
  for (const name of names) runtime.run(name).addContainer(name, idOf(name));
  const found = await Promise.all(names.map((name) => factsOf(idOf(name))));
  expect(found.map((facts) => facts?.name)).toEqual(names);
  expect(runtime.calls.filter((call) => call === "ListContainers").length).toBeLessThan(10);
});

test("RuntimePods finds a pod that somebody waits for, and forgets one that is gone", async () => {
  const { runtime, pods, store } = await setUp();
  await pods.start();
  const { promise, resolve } = Promise.withResolvers<string>();
  store.known.subscribe(resolve);
  runtime.run("web", { labels: { tier: "db" } });
  store.known.ask(uidOf("web"));
  expect(await promise).toBe(uidOf("web"));
  expect(store.known.pod(uidOf("web"))?.label("tier")).toBe("db");
  store.keepRuntimePods(new Set());
  expect(store.known.pod(uidOf("web"))).toBeUndefined();
});

test("RuntimePods goes on with a runtime that was started anew, and says that it was away", async () => {
  const { runtime, pods, factsOf, warnings } = await setUp();
  await pods.start();
  await runtime.stop();
  const facts = factsOf(idOf("c"));
  while (warnings.length === 0) await Bun.sleep(1);
  expect(warnings[0]).toContain("Cannot ask the container runtime: trying again");
  runtime.run("web").addContainer("web", idOf("c"));
  await runtime.start();
  expect(await facts).toMatchObject({ name: "web" });
  // A connection that is gone by the time of the next question costs no failure.
  const { failures } = pods.figures;
  await runtime.stop();
  await runtime.start();
  runtime.addContainer("web", idOf("d"));
  expect(await factsOf(idOf("d"))).toMatchObject({ name: "web" });
  expect(pods.figures.failures).toBe(failures);
});

test("RuntimePods holds nobody up longer than it is told to when the runtime hangs", async () => {
  const { runtime, pods, factsOf, warnings } = await setUp({
    client: { timeoutMs: 20, listTimeoutMs: 20 },
    store: { timeoutMs: 300 },
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  runtime.pause = promise;
  await pods.start();
  expect(await factsOf(idOf("c"))).toBeUndefined();
  expect(warnings[0]).toContain("no answer for 0.02 s");
  resolve();
});

test("RuntimePods takes no answer for another one from a runtime that passes over filters", async () => {
  const { runtime, pods, factsOf, store } = await setUp({ isAlone: false, store: { timeoutMs: 300 } });
  runtime.ignoresFilters = true;
  runtime.run("web").addContainer("web", idOf("c"));
  runtime.run("db").addContainer("db", idOf("d"));
  await pods.start();
  expect(await factsOf(idOf("none"))).toBeUndefined();
  expect(await factsOf(idOf("d"))).toMatchObject({ name: "db" });
  store.known.ask(uidOf("db"));
  expect(store.known.pod(uidOf("web"))).toBeUndefined();
});

test("RuntimePods leaves out pods and containers that are beyond all bounds, and keeps the others", async () => {
  const { runtime, pods, store } = await setUp();
  runtime.run("long", { namespace: "n".repeat(300) }).addContainer("long", idOf("a"));
  runtime.run("labels", { labels: { x: "y".repeat(100_000) } }).addContainer("labels", idOf("b"));
  runtime.run("image").addContainer("image", idOf("c"), { image: { image: "i".repeat(5000) } });
  runtime.run("ill").addContainer("ill", "../../etc");
  runtime.run("time").addContainer("time", idOf("e"), { startedAt: 2n ** 62n });
  runtime.run("web").addContainer("web", idOf("f"));
  await pods.start();
  const known = ["a", "b", "c", "e", "f"].map((seed) => store.find(shortOf(idOf(seed))).identity?.facts.name);
  expect(known).toEqual([undefined, undefined, undefined, "time", "web"]);
  expect(pods.figures.malformed).toBe(4);
});

test("RuntimePods refuses an answer that is too long, and asks on", async () => {
  const { runtime, pods, factsOf, warnings } = await setUp();
  for (let i = 0; i < 90; i++) runtime.run(`p-${i}`, { annotations: { long: "x".repeat(200_000) } });
  await pods.start();
  expect(warnings[0]).toContain("RESOURCE_EXHAUSTED: the answer is too long");
  runtime.sandboxes.clear();
  runtime.run("web").addContainer("web", idOf("c"));
  expect(await factsOf(idOf("c"))).toMatchObject({ name: "web" });
});

test("RuntimePods says what is wrong with what listens there", async () => {
  const { runtime, pods, warnings } = await setUp();
  runtime.intercept = () => {
    throw new GrpcError(STATUS.unimplemented, "unknown service runtime.v1.RuntimeService");
  };
  await pods.start();
  expect(warnings[0]).toContain(`${runtime.path} serves no CRI v1: unknown service`);
  const lone = new CriClient({ socket: `${runtime.path}.none` });
  expect(lone.containers()).rejects.toThrow("there is no such socket");
});

test("PodStore keeps what the API server says of a pod, and takes from the runtime the containers that it lacks", async () => {
  const { runtime, store, pods, factsOf } = await setUp({ isAlone: false });
  await pods.start();
  const owner = { kind: "ReplicaSet", name: "web-abc" };
  const described = { generateName: "web-abc-", owner, labels: { app: "web", "pod-template-hash": "abc" } };
  store.onChange(parsed("web-1", described));
  runtime.run("web-1", { labels: { app: "old" } }).addContainer("web-1", idOf("c"));
  expect(await factsOf(idOf("c"))).toMatchObject({
    workload: "web",
    workload_kind: "Deployment",
    pod_labels: { app: "web" },
    container: { name: "main" },
  });
  // A list without the container's status is no reason to forget it, nor is the runtime's.
  store.onList([parsed("web-1", described)]);
  store.keepRuntimePods(new Set());
  expect(await factsOf(idOf("c"))).toMatchObject({ workload: "web" });
  store.onChange(parsed("web-1", { ...described, containerId: idOf("c") }));
  expect(await factsOf(idOf("c"))).toMatchObject({ container: { start_time: "2026-11-30T10:00:00Z" } });
});

test("PodStore knows a pod of the runtime's until the API server says it, and keeps it while that is away", async () => {
  const { runtime, store, pods, factsOf } = await setUp({ isAlone: false });
  await pods.start();
  runtime.run("web").addContainer("web", idOf("c"));
  expect(await factsOf(idOf("c"))).toMatchObject({ pod_labels: { app: "web" } });
  store.onList([]);
  expect(store.known.pod(uidOf("web"))).toBeDefined();
  store.onList([parsed("web", { labels: { app: "new" }, containerId: idOf("c") })]);
  expect(await factsOf(idOf("c"))).toMatchObject({ pod_labels: { app: "new" } });
  store.onList([]);
  expect(store.known.pod(uidOf("web"))).toBeUndefined();
});

test("PodStore takes a static pod of both for one, and nobody's word for being one", async () => {
  const { runtime, store, pods, factsOf } = await setUp({ isAlone: false });
  await pods.start();
  const uid = idOf("hash").slice(0, 32);
  const mirror = (name: string) =>
    parsed(name, { namespace: "kube-system", annotations: { "kubernetes.io/config.mirror": uid } });
  runtime.run("etcd-a", { namespace: "kube-system", uid }).addContainer("etcd-a", idOf("c"));
  // One of another name that claims to be it.
  store.onChange(mirror("evil"));
  expect(await factsOf(idOf("c"))).toMatchObject({ name: "etcd-a", uid });
  expect(store.known.pod(uid)?.containers.size).toBe(1);
  store.onDelete(mirror("evil"));
  store.onChange(mirror("etcd-a"));
  runtime.addContainer("etcd-a", idOf("d"));
  expect(await factsOf(idOf("d"))).toMatchObject({ name: "etcd-a", uid: uidOf("etcd-a") });
  expect(store.hasRuntimePods).toBe(false);
});

test("podObject() reads the workload of a pod off its name and labels, where these say it", async () => {
  const { runtime, pods, store } = await setUp();
  const cases: [name: string, labels: Record<string, string>, workload: string, kind: string][] = [
    ["web-5d4f8-x2k9p", { "pod-template-hash": "5d4f8" }, "web", "Deployment"],
    [
      "web-0",
      { "statefulset.kubernetes.io/pod-name": "web-0", "controller-revision-hash": "web-1" },
      "web",
      "StatefulSet",
    ],
    [
      "agent-x2k9p",
      { "controller-revision-hash": "1", "pod-template-generation": "1" },
      "agent",
      "DaemonSet",
    ],
    ["once-x2k9p", { "batch.kubernetes.io/job-name": "once" }, "once", "Job"],
    ["nightly-28930000-x2k9p", { "job-name": "nightly-28930000" }, "nightly", "CronJob"],
    ["plain", { "pod-template-hash": "5d4f8", "job-name": "plain" }, "plain", "Pod"],
  ];
  for (const [name, labels] of cases) runtime.run(name, { labels }).addContainer(name, idOf(name));
  await pods.start();
  for (const [name, , workload, workload_kind] of cases)
    expect(store.find(shortOf(idOf(name))).identity?.facts).toMatchObject({ name, workload, workload_kind });
});
