/** The executable and an API server: policies of the cluster, for the pods that they say, from the first process on. */
import { afterEach, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeWithBpf } from "../kernel/support.ts";
import { idOf, NAMESPACED, PODS, POLICIES, pod, policy, start, uidOf } from "./cluster.ts";
import { cleanUp, runTetrad, temporaryDirectory } from "./harness.ts";

afterEach(cleanUp);

describeWithBpf("policies of the cluster", () => {
  test("are for pods of their namespace and with their labels, from the first process on", async () => {
    const { server, container, loaded, postedIn, agent, states } = await start();
    server.put(PODS, pod(uidOf("a"), "shop", { app: "web" }));
    server.put(PODS, pod(uidOf("b"), "shop", { app: "db" }));
    server.put(PODS, pod(uidOf("c"), "kitchen", { app: "web" }));
    server.put(POLICIES, policy("labels", undefined, { podSelector: { matchLabels: { app: "web" } } }));
    server.put(NAMESPACED, policy("twin", "shop"));
    server.put(NAMESPACED, policy("twin", "kitchen", { podSelector: { matchLabels: { app: "db" } } }));
    await loaded("labels");
    await loaded("twin", 2);
    const posts = async (digit: string) => await postedIn(container(uidOf(digit), idOf(digit)));
    // Whether pods or policies are known first nobody says.
    while ((await postedIn(container(uidOf("a"), idOf("0")))).length < 2) await Bun.sleep(10);
    expect(await posts("a")).toEqual(["labels", "twin"]);
    expect(await posts("b")).toEqual(["twin"]);
    expect(await posts("c")).toEqual(["labels"]);
    server.delete(NAMESPACED, "twin", "shop");
    await loaded("twin", 1);
    expect(await posts("b")).toEqual([]);
    expect((await states()).map(({ namespace, name }) => `${namespace}/${name}`).sort()).toEqual([
      "/labels",
      "kitchen/twin",
    ]);
    expect(agent.log()).not.toContain("internal_error=1");
  }, 120_000);

  test("wait for the pod of a container that a runtime says is to start; what cannot be decided does not start", async () => {
    const { server, address, container, loaded, postedIn } = await start();
    server.put(NAMESPACED, policy("guard", "shop"));
    await loaded("guard");
    const cgroup = container(uidOf("d"), idOf("d"));
    const bundle = temporaryDirectory();
    const hook = async (uid: string, path: string, namespace: string, id = idOf("d")) => {
      const annotations = {
        "io.kubernetes.cri.sandbox-uid": uid,
        "io.kubernetes.cri.sandbox-namespace": namespace,
        "io.kubernetes.cri.container-name": "main",
      };
      writeFileSync(
        join(bundle, "config.json"),
        JSON.stringify({ annotations, linux: { cgroupsPath: path } }),
      );
      const state = JSON.stringify({ ociVersion: "1.0.2", id, status: "creating", bundle });
      return await runTetrad(["oci-hook", "createRuntime", `--grpc-address=${address}`], { input: state });
    };
    const path = cgroup.slice(cgroup.indexOf("/tetrad-test-"));
    // The API server is slower than the kubelet.
    const asked = hook(uidOf("d"), path, "shop");
    await Bun.sleep(100);
    server.put(PODS, pod(uidOf("d"), "shop", {}));
    expect(await asked).toMatchObject({ code: 0, stderr: "" });
    expect(await postedIn(cgroup)).toEqual(["guard"]);
    // A path that is none as the host sees it, as from inside of a node that is a container: the name of the cgroup says it.
    expect(await hook(uidOf("d"), "/nowhere", "shop")).toMatchObject({ code: 0, stderr: "" });
    // One that is nowhere nobody can decide about.
    expect(await hook(uidOf("d"), "/nowhere", "shop", idOf("e"))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("Cannot decide about container"),
    });
    expect(await hook(uidOf("d"), "/nowhere", "kube-system", idOf("e"))).toMatchObject({ code: 0 });
  }, 120_000);
});
