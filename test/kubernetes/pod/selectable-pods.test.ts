import { describe, expect, test } from "bun:test";
import { SelectablePods } from "../../../src/kubernetes/pod/selectable-pods.ts";

const ID = "a".repeat(64);
const SHORT = ID.slice(0, 31);

function pod(uid: string, labels: Readonly<Record<string, string>> = {}, more: object = {}) {
  return { metadata: { name: `pod-${uid}`, namespace: "shop", uid, labels }, ...more };
}

const running = (id: string, image = "registry:5000/web:1") => ({
  status: { containerStatuses: [{ name: "web", containerID: `containerd://${id}`, image }] },
});

describe("SelectablePods", () => {
  test("knows pods by uid and by container, with labels and the namespace as one", () => {
    const pods = new SelectablePods();
    pods.onChange(pod("one", { app: "web" }, running(ID)));
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
    const pods = new SelectablePods();
    const hash = "0123456789abcdef0123456789abcdef";
    const object = pod("mirror");
    pods.onChange({ metadata: { ...object.metadata, annotations: { "kubernetes.io/config.hash": hash } } });
    expect([pods.pod(hash)?.namespace, pods.pod("mirror")]).toEqual(["shop", undefined]);
  });

  test("forgets containers that are no longer a pod's, and pods that are gone, also in a list", () => {
    const pods = new SelectablePods();
    const said: string[] = [];
    const end = pods.subscribe((uid) => said.push(uid));
    pods.onList([pod("one", {}, running(ID)), pod("two")]);
    pods.onChange(pod("one", {}, running("b".repeat(64))));
    expect(pods.podOf(SHORT)).toBeUndefined();
    expect(pods.podOf("b".repeat(31))?.uid).toBe("one");
    pods.onList([pod("two")]);
    expect([...pods.all()].map(({ uid }) => uid)).toEqual(["two"]);
    expect(pods.podOf("b".repeat(31))).toBeUndefined();
    pods.onDelete(pod("two"));
    pods.onDelete(pod("three"));
    expect(said).toEqual(["one", "two", "one", "one", "two", "two"]);
    end();
    pods.onChange(pod("four"));
    expect(said).toHaveLength(6);
  });

  test("takes pods without status, and containers that have no id yet", () => {
    const pods = new SelectablePods();
    pods.onChange(pod("one", {}, { status: null }));
    pods.onChange(pod("two", {}, { status: { containerStatuses: [{ name: "web", containerID: "" }] } }));
    expect([...pods.all()].map(({ containers }) => containers.size)).toEqual([0, 0]);
  });
});
