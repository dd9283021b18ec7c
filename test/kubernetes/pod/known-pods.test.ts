import { describe, expect, test } from "bun:test";
import { KnownPods } from "../../../src/kubernetes/pod/known-pods.ts";

const ID = "a".repeat(64);
const SHORT = ID.slice(0, 31);

function pod(uid: string, labels: Readonly<Record<string, string>> = {}, more: object = {}) {
  return { metadata: { name: `pod-${uid}`, namespace: "shop", uid, labels }, ...more };
}

const running = (id: string, image = "registry:5000/web:1") => ({
  status: { containerStatuses: [{ name: "web", containerID: `containerd://${id}`, image }] },
});

describe("KnownPods", () => {
  test("knows pods by uid and by container, with labels and the namespace as one", () => {
    const pods = new KnownPods();
    pods.set(pod("one", { app: "web" }, running(ID)));
    const found = pods.podOf(SHORT)!;
    expect(found).toBe(pods.pod("one")!);
    expect(found.namespace).toBe("shop");
    expect(["app", "k8s:io.kubernetes.pod.namespace", "other", "constructor"].map(found.label)).toEqual([
      "web",
      "shop",
      undefined,
      undefined,
    ]);
    expect(["name", "repo", "other"].map(found.containers.get(SHORT)!)).toEqual([
      "web",
      "registry:5000/web",
      undefined,
    ]);
  });

  test("knows a static pod by the digest that its cgroup has", () => {
    const pods = new KnownPods();
    const hash = "0123456789abcdef0123456789abcdef";
    const object = pod("mirror");
    pods.set({ metadata: { ...object.metadata, annotations: { "kubernetes.io/config.mirror": hash } } });
    expect([pods.pod(hash)?.namespace, pods.pod("mirror")]).toEqual(["shop", undefined]);
  });

  test("is not misled by a pod that says it is another, or a static one", () => {
    const pods = new KnownPods();
    const uid = "11111111-1111-4111-8111-111111111111";
    const hash = "0123456789abcdef0123456789abcdef";
    const claiming = (name: string, claim: string, hashed = claim) => ({
      metadata: {
        ...pod(name, { app: "evil" }).metadata,
        annotations: { "kubernetes.io/config.mirror": claim, "kubernetes.io/config.hash": hashed },
      },
    });
    const label = (name: string) => pods.pod(name)?.label("app");
    pods.set(pod(uid, { app: "web" }));
    pods.set(claiming("static", hash));
    for (const each of [
      claiming("a", uid),
      claiming("b", `${uid}x`),
      claiming("c", hash),
      claiming("d", "", hash),
    ])
      pods.set(each);
    const known = [uid, hash, "a", "b", "c", "d"].map(label);
    expect(known).toEqual(["web", "evil", undefined, "evil", undefined, "evil"]);
    pods.delete(claiming("c", hash));
    expect(pods.pod(hash)).toBeDefined();
    // Who was first with a claim does not keep it.
    const late = "22222222-2222-4222-8222-222222222222";
    pods.set(claiming("early", late));
    expect(label(late)).toBe("evil");
    pods.set(pod(late, { app: "late" }));
    pods.delete(pod("early"));
    expect(label(late)).toBe("late");
    // Who says so later is no longer known under its own name, and leaves nothing behind.
    pods.set(pod("e"));
    pods.set(claiming("e", "f".repeat(32)));
    expect(pods.pod("e")).toBeUndefined();
    pods.delete(pod("e"));
    expect([...pods.all()].map((each) => each.uid)).toEqual([uid, hash, "b", "d", late]);
  });

  test("forgets containers that are no longer a pod's, and pods that are gone", () => {
    const pods = new KnownPods();
    const said: string[] = [];
    const end = pods.subscribe((uid) => said.push(uid));
    pods.set(pod("one", {}, running(ID)));
    pods.set(pod("two"));
    pods.set(pod("one", {}, running("b".repeat(64))));
    expect(pods.podOf(SHORT)).toBeUndefined();
    expect(pods.podOf("b".repeat(31))?.uid).toBe("one");
    pods.delete(pod("one"));
    expect([...pods.all()].map(({ uid }) => uid)).toEqual(["two"]);
    expect(pods.podOf("b".repeat(31))).toBeUndefined();
    pods.delete(pod("three"));
    expect(said).toEqual(["one", "two", "one", "one"]);
    end();
    pods.set(pod("four"));
    expect(said).toHaveLength(4);
  });

  test("takes pods without status, and containers that have no id yet", () => {
    const pods = new KnownPods();
    pods.set(pod("one", {}, { status: null }));
    pods.set(pod("two", {}, { status: { containerStatuses: [{ name: "web", containerID: "" }] } }));
    expect([...pods.all()].map(({ containers }) => containers.size)).toEqual([0, 0]);
  });
});
