import { afterEach, expect, test } from "bun:test";
import * as v from "valibot";
import { podUidOf } from "../../../src/kubernetes/pod/cgroup.ts";
import { PodObject } from "../../../src/kubernetes/pod/object.ts";
import { PodStore, type PodStoreSettings } from "../../../src/kubernetes/pod/store.ts";
import { CGROUP_LAYOUTS, idOf, type MadeUpPod, podOf, uidOf } from "../made-up-pods.ts";

const stores: PodStore[] = [];
afterEach(() => {
  for (const store of stores.splice(0)) store[Symbol.dispose]();
});

function createStore(settings: Partial<PodStoreSettings> = {}): PodStore {
  const store = new PodStore({ withAnnotations: false, deletedSize: 2, timeoutMs: 60_000, ...settings });
  stores.push(store);
  return store;
}

const parsed = (name: string, settings: MadeUpPod = {}): PodObject =>
  v.parse(PodObject, podOf(name, settings));
const shortOf = (seed: string): string => idOf(seed).slice(0, 31);
/** What events say of a container. */
const nameIn = (store: PodStore, seed: string) => store.find(shortOf(seed)).identity?.facts.name;

test("PodStore.find() has a container that becomes known later, and says when", async () => {
  const store = createStore();
  const container = store.find(shortOf("c"));
  expect(container.identity).toBeUndefined();
  const { question } = container;
  store.onChange(parsed("web", { containerId: idOf("c") }));
  await question;
  expect(container.identity?.facts).toMatchObject({ name: "web", namespace: "shop" });
  expect(container.question).toBeUndefined();
  expect(store.find(shortOf("c"))).toBe(container);
  expect(store.figures).toMatchObject({ missed: 1, found: 1, givenUp: 0 });
});

test("PodStore gives up a container that nobody comes to know, and takes it when it comes all the same", async () => {
  const store = createStore({ timeoutMs: 10 });
  const container = store.find(shortOf("c"));
  await container.question;
  expect(container.question).toBeUndefined();
  expect(container.identity).toBeUndefined();
  expect(store.figures.givenUp).toBe(1);
  store.onChange(parsed("web", { containerId: idOf("c") }));
  expect(container.identity).toBeDefined();
});

test("PodStore keeps an identity as long as nothing of it changes", () => {
  const store = createStore();
  store.onChange(parsed("web", { containerId: idOf("c") }));
  const { identity } = store.find(shortOf("c"));
  store.onChange(parsed("web", { containerId: idOf("c"), annotations: { seen: "now" } }));
  expect(store.find(shortOf("c")).identity).toBe(identity!);
  store.onChange(parsed("web", { containerId: idOf("c"), labels: { app: "other" } }));
  expect(store.find(shortOf("c")).identity?.facts.pod_labels).toEqual({ app: "other" });
});

test("PodStore remembers containers of pods that are gone, so many", () => {
  const store = createStore({ deletedSize: 2 });
  const names = ["a", "b", "c"];
  for (const name of names) store.onChange(parsed(name, { containerId: idOf(name) }));
  for (const name of names) store.onDelete(parsed(name));
  expect([store.size, store.deletedCount]).toEqual([0, 2]);
  expect(names.map((name) => nameIn(store, name))).toEqual([undefined, "b", "c"]);
  expect(store.figures).toMatchObject({ deletedEvictions: 1, deletedHits: 2 });
});

test("PodStore forgets pods that are gone of the namespace that has most of them, not those of others", () => {
  const store = createStore({ deletedSize: 4 });
  const remove = (name: string, namespace: string) => {
    store.onChange(parsed(name, { containerId: idOf(name), namespace }));
    store.onDelete(parsed(name, { namespace }));
  };
  remove("quiet", "shop");
  for (let i = 0; i < 20; i++) remove(`busy${i}`, "noisy");
  expect(["quiet", "busy0", "busy16", "busy17", "busy19"].map((name) => nameIn(store, name))).toEqual([
    "quiet",
    undefined,
    undefined,
    "busy17",
    "busy19",
  ]);
  expect([store.deletedCount, store.figures.deletedEvictions]).toEqual([4, 17]);
});

test("PodStore counts containers that nobody knows and that it forgets for want of room", () => {
  const store = createStore();
  for (let i = 0; i < 4100; i++) store.find(`${i}`);
  expect(store.figures.unknownEvictions).toBe(4);
});

test("PodStore takes what a list lacks for gone", () => {
  const store = createStore();
  store.onList([parsed("a", { containerId: idOf("a") }), parsed("b", { containerId: idOf("b") })]);
  store.onList([parsed("b", { containerId: idOf("b") })]);
  expect([store.size, store.deletedCount]).toEqual([1, 1]);
  expect(nameIn(store, "a")).toBe("a");
});

test("PodStore never lets go of a container that a pod has, however many that had or has", () => {
  const store = createStore({ deletedSize: 0 });
  const status = (...seeds: string[]) => ({
    containerStatuses: seeds.map((seed) => ({ name: seed, containerID: `containerd://${idOf(seed)}` })),
  });
  for (let i = 0; i < 200; i++) store.onChange(parsed("web", { status: status("main", `failing-${i}`) }));
  expect(["main", "failing-199", "failing-140", "failing-0"].map((each) => nameIn(store, each))).toEqual([
    "web",
    "web",
    "web",
    undefined,
  ]);
  const many = Array.from({ length: 100 }, (_, i) => `many-${i}`);
  store.onChange(parsed("web", { status: status(...many) }));
  expect(many.map((each) => nameIn(store, each))).toEqual(many.map(() => "web"));
});

test("PodStore keeps no annotations that nobody asked for", async () => {
  const store = createStore();
  const annotations = Array.from({ length: 100 }, (_, i) => {
    const pod = parsed(`web-${i}`, { annotations: { long: "x".repeat(1000) }, containerId: idOf(`c-${i}`) });
    store.onChange(pod);
    return new WeakRef(pod.metadata.annotations!);
  });
  await Bun.sleep(0);
  Bun.gc(true);
  expect(annotations.filter((each) => each.deref() !== undefined).length).toBeLessThan(50);
  expect(store.size).toBe(100);
});

test("PodStore knows the container that was there before one began again", () => {
  const store = createStore();
  const status = {
    containerStatuses: [
      {
        name: "main",
        containerID: `containerd://${idOf("new")}`,
        state: { running: { startedAt: "2026-11-30T10:00:00Z" } },
        lastState: {
          terminated: { containerID: `containerd://${idOf("old")}`, startedAt: "2026-11-30T09:00:00Z" },
        },
      },
    ],
  };
  store.onChange(parsed("web", { status }));
  const startOf = (seed: string) => store.find(shortOf(seed)).identity?.facts.container;
  expect(startOf("new")).toMatchObject({ start_time: "2026-11-30T10:00:00Z" });
  expect(startOf("old")).toMatchObject({
    start_time: "2026-11-30T09:00:00Z",
    id: `containerd://${idOf("old")}`,
  });
});

test("PodStore.known has pods by the uid in cgroups: of a static one the hash of its configuration", () => {
  const store = createStore();
  const changed: string[] = [];
  store.known.subscribe((uid) => void changed.push(uid));
  store.onChange(parsed("web", { containerId: idOf("c"), labels: { tier: "db" } }));
  store.onChange(
    parsed("etcd", { annotations: { "kubernetes.io/config.mirror": "0123456789abcdef0123456789abcdef" } }),
  );
  expect(store.known.podOf(shortOf("c"))).toBe(store.known.pod(uidOf("web"))!);
  const pod = store.known.pod(uidOf("web"))!;
  expect([pod.namespace, pod.label("tier"), pod.containers.get(shortOf("c"))?.("repo")]).toEqual([
    "shop",
    "db",
    "registry.example/img",
  ]);
  expect(store.known.pod("0123456789abcdef0123456789abcdef")?.namespace).toBe("shop");
  store.onDelete(parsed("web"));
  expect(store.known.pod(uidOf("web"))).toBeUndefined();
  expect(changed).toEqual([uidOf("web"), "0123456789abcdef0123456789abcdef", uidOf("web")]);
});

test("podUidOf() finds the uid in the names of every driver", () => {
  const uid = uidOf("x");
  for (const [name, layout] of Object.entries(CGROUP_LAYOUTS)) {
    if (name.startsWith("Podman")) continue;
    const found = layout(uid, idOf("x")).split("/").map(podUidOf).filter(Boolean);
    expect(found, name).toEqual([uid]);
  }
  expect(podUidOf("podman.service")).toBe("");
});
