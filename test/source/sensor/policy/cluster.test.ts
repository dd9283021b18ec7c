/** Policies of a cluster, from an API server to what loads them. */
import { afterEach, describe, expect, test } from "bun:test";
import { createConsola } from "consola";
import { ApiClient } from "../../../../src/kubernetes/index.ts";
import { TetradError } from "../../../../src/os/error.ts";
import { readPolicies } from "../../../../src/policy/document/index.ts";
import type { Policy } from "../../../../src/policy/policy.ts";
import { type PolicyEngine, PolicyRegistry } from "../../../../src/policy/registry/index.ts";
import { ClusterPolicies } from "../../../../src/source/sensor/policy/cluster.ts";
import { FakeApiServer } from "../../../kubernetes/api-server.ts";
import { until } from "../support.ts";

const CLUSTER = "/apis/cilium.io/v1alpha1/tracingpolicies";
const NAMESPACED = "/apis/cilium.io/v1alpha1/tracingpoliciesnamespaced";
const QUICK = { initialMs: 5, maxMs: 20, factor: 2, jitter: 0.5, giveUpMs: Number.POSITIVE_INFINITY };

/** An engine that reads policies, and logs what it would load by their messages: `fail` cannot be loaded. */
class LoggingEngine implements PolicyEngine {
  readonly log: string[] = [];
  readonly loaded = new Map<string, Policy>();

  read = (text: string, file: string) => readPolicies(text, { file });
  isForHere = () => true;
  configure = () => {};
  expect = () => {};
  drained = () => Promise.resolve();
  begin = () => Promise.resolve();
  facts = () => ({ hooks: [], selectors: [], misses: [], overhead: [], kernelMemory: 0 });

  load(key: string, policy: Policy): void {
    const message = policy.hooks[0]?.message ?? "";
    if (message === "fail") throw new TetradError("unsupported", "Cannot attach it");
    this.log.push(`${this.loaded.has(key) ? "replace" : "load"} ${key} ${message}`);
    this.loaded.set(key, policy);
  }

  unload(key: string): void {
    this.loaded.delete(key);
    this.log.push(`unload ${key}`);
  }
}

const opened: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

/** An object as `kubectl apply` has it stored. */
function object(name: string, message: string, namespace?: string) {
  return {
    apiVersion: "cilium.io/v1alpha1",
    kind: namespace === undefined ? "TracingPolicy" : "TracingPolicyNamespaced",
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      uid: Bun.randomUUIDv7(),
      creationTimestamp: "2026-11-30T18:00:00Z",
      generation: 1,
      managedFields: [{ manager: "kubectl", fieldsV1: { "f:spec": {} } }],
      annotations: { "kubectl.kubernetes.io/last-applied-configuration": "{}" },
    },
    spec: { podSelector: null, kprobes: [{ call: "tcp_connect", syscall: false, message }] },
  };
}

async function start(nodeLabels?: { current: Readonly<Record<string, string>> | undefined }) {
  const server = await new FakeApiServer().start();
  opened.push(() => server.stop());
  const engine = new LoggingEngine();
  const registry = new PolicyRegistry({ engine: () => Promise.resolve(engine), refusal: () => undefined });
  const messages: string[] = [];
  const log = createConsola({
    level: 3,
    reporters: [{ log: ({ args }) => void messages.push(args.join(" ")) }],
  });
  const access = {
    server: server.url,
    skipsVerification: false,
    credentials: {},
    namespace: "default",
    origin: "a test",
  };
  const cluster = new ClusterPolicies({
    client: new ApiClient(access),
    registry,
    log,
    nodeLabels,
    backoff: { gone: QUICK, overloaded: QUICK },
  });
  opened.push(() => cluster.stop());
  const has = (...lines: readonly string[]) =>
    until(
      () => lines.every((line) => engine.log.includes(line)),
      `the log has ${lines.join(", ")}: ${engine.log}`,
    );
  return { server, engine, registry, cluster, messages, has };
}

describe("policies of a cluster", () => {
  test("of both kinds are loaded as they come, change and go; one name may be in several namespaces", async () => {
    const { server, engine, registry, cluster, has } = await start();
    server.put(CLUSTER, object("one", "first"));
    server.put(NAMESPACED, object("one", "of shop", "shop"));
    cluster.start();
    await has("load k8s//one first", "load k8s/shop/one of shop");
    server.put(NAMESPACED, object("one", "of kitchen", "kitchen"));
    await has("load k8s/kitchen/one of kitchen");
    server.put(CLUSTER, object("one", "second"));
    await has("replace k8s//one second");
    server.delete(NAMESPACED, "one", "shop");
    await has("unload k8s/shop/one");
    expect(registry.list("k8s").map(({ namespace, name, state }) => [namespace, name, state])).toEqual([
      ["", "one", "enabled"],
      ["kitchen", "one", "enabled"],
    ]);
    expect(engine.loaded.get("k8s/kitchen/one")?.workload?.namespace).toBe("kitchen");
    // Nothing was taken away that another one replaced.
    expect(engine.log.filter((line) => line.startsWith("unload"))).toEqual(["unload k8s/shop/one"]);
  });

  test("with mistakes are listed with them, and stop no others; a change that is wrong leaves what is loaded", async () => {
    const { server, registry, cluster, has, messages, engine } = await start();
    server.put(CLUSTER, { ...object("wrong", ""), spec: { kprobes: [{ cal: "x" }] } });
    server.put(CLUSTER, object("failing", "fail"));
    server.put(CLUSTER, object("right", "first"));
    cluster.start();
    await has("load k8s//right first");
    await until(() => registry.list().length === 3, "all are listed");
    const stateOf = (name: string) => registry.list().find((each) => each.name === name);
    expect(stateOf("wrong")).toMatchObject({ domain: "k8s", namespace: "", state: "load_error" });
    expect(stateOf("wrong")!.error).toContain(
      'TracingPolicy/wrong: error: spec.kprobes[0]: found the key "cal", expected call,',
    );
    expect(stateOf("failing")).toMatchObject({ state: "load_error", error: "Cannot attach it" });
    await until(() => messages.includes('Cannot load policy "failing": Cannot attach it'), "it is said");
    server.put(CLUSTER, object("right", "fail"));
    await until(() => stateOf("right")!.error !== "", "the mistake is listed");
    expect(stateOf("right")).toMatchObject({
      state: "enabled",
      error: "the object has changed and cannot be loaded: Cannot attach it",
    });
    server.put(CLUSTER, object("wrong", "better"));
    await has("load k8s//wrong better");
    expect(stateOf("wrong")).toMatchObject({ state: "enabled", error: "" });
    expect(engine.log.filter((line) => line.startsWith("unload"))).toEqual([]);
  });

  test("stay while the server is away, and are what its next list says, also of versions that it has forgotten", async () => {
    const { server, engine, registry, cluster, has } = await start();
    for (const name of ["kept", "changed", "gone"]) server.put(CLUSTER, object(name, "first"));
    cluster.start();
    await has("load k8s//kept first", "load k8s//changed first", "load k8s//gone first");
    await until(() => server.watchCount === 2, "both kinds are watched");
    await server.stop();
    server.delete(CLUSTER, "gone");
    server.put(CLUSTER, object("changed", "second"));
    server.put(CLUSTER, object("new", "first"));
    server.compact();
    expect(registry.list("k8s").map(({ state }) => state)).toEqual(["enabled", "enabled", "enabled"]);
    await server.start();
    await has("unload k8s//gone", "replace k8s//changed second", "load k8s//new first");
    expect(engine.log.filter((line) => line.includes("kept"))).toEqual(["load k8s//kept first"]);
  });

  test("are left alone by changes of metadata", async () => {
    const { server, engine, cluster, has } = await start();
    server.put(CLUSTER, object("one", "first"));
    cluster.start();
    await has("load k8s//one first");
    await until(() => server.watchCount === 2, "both kinds are watched");
    server.put(CLUSTER, object("one", "first"));
    server.put(CLUSTER, object("two", "first"));
    await has("load k8s//two first");
    expect(engine.log).toEqual(["load k8s//one first", "load k8s//two first"]);
  });

  test("that ask for the labels of the node wait until these are known", async () => {
    const nodeLabels = { current: undefined as Readonly<Record<string, string>> | undefined };
    const { server, engine, cluster, has } = await start(nodeLabels);
    const { spec, ...rest } = object("one", "first");
    server.put(CLUSTER, { ...rest, spec: { ...spec, nodeSelector: { matchLabels: { pool: "x" } } } });
    cluster.start();
    await until(() => server.watchCount === 2, "both kinds are watched");
    expect(engine.log).toEqual([]);
    nodeLabels.current = { pool: "x" };
    await has("load k8s//one first");
  });
});
