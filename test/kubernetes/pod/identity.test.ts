import { describe, expect, test } from "bun:test";
import * as v from "valibot";
import { containerFacts, identityOf } from "../../../src/kubernetes/pod/identity.ts";
import { PodObject, statusesOf } from "../../../src/kubernetes/pod/object.ts";
import { workloadOf } from "../../../src/kubernetes/pod/workload.ts";
import { idOf, type MadeUpPod, podOf } from "../made-up-pods.ts";

function identityFor(settings: MadeUpPod = {}, withAnnotations = false) {
  const pod = v.parse(PodObject, podOf("web", { containerId: idOf("c"), ...settings }));
  return identityOf(idOf("c").slice(0, 31), containerFacts(pod, statusesOf(pod)[0]!, withAnnotations));
}

describe("ContainerIdentity", () => {
  const cases: readonly [string, MadeUpPod, number, boolean][] = [
    ["of a plain pod", {}, 0, false],
    ["with a process", {}, 17, false],
    ["that may be a probe", {}, 17, true],
    ["without labels", { labels: {} }, 1, false],
    ["with names that need escapes", { labels: { 'a"b': "c\\d\né" } }, 1, false],
    ["with annotations", { annotations: { note: "yes" } }, 1, false],
  ];
  for (const [title, settings, pid, isProbe] of cases) {
    test(`says the same as text and as an object, ${title}`, () => {
      const identity = identityFor(settings, true);
      const { head, tail } = identity.text;
      const own = `${pid > 0 ? `,"pid":${pid}` : ""}${isProbe ? ',"maybe_exec_probe":true' : ""}`;
      const text = `{"x":1${Buffer.from(head)}${own}${Buffer.from(tail)}}`;
      const expected = { x: 1, pod: identity.pod(pid, isProbe), docker: idOf("c").slice(0, 31) };
      expect(text).toBe(JSON.stringify(expected));
    });
  }

  test("has annotations only where they are asked for", () => {
    expect(identityFor({ annotations: { note: "yes" } }).facts.pod_annotations).toBeUndefined();
    expect(identityFor({ annotations: { note: "yes" } }, true).facts.pod_annotations).toEqual({
      note: "yes",
    });
  });

  test("maybeExecProbe() compares command and arguments as Tetragon does", () => {
    const identity = identityFor({ probe: ["/bin/check", "--all", "two words"] });
    const program = { binary: "/bin/check", filename: "", arguments: '--all "two words"' };
    expect(identity.maybeExecProbe(program)).toBe(true);
    expect(identity.maybeExecProbe({ ...program, binary: "/usr/bin/busybox", filename: "/bin/check" })).toBe(
      true,
    );
    expect(identity.maybeExecProbe({ ...program, arguments: '/bin/check --all "two words"' })).toBe(true);
    expect(identity.maybeExecProbe({ ...program, binary: "/opt/check" })).toBe(false);
    expect(identity.maybeExecProbe({ ...program, arguments: "--all" })).toBe(false);
    expect(
      identityFor({ probe: ["check"] }).maybeExecProbe({ binary: "/opt/check", filename: "", arguments: "" }),
    ).toBe(true);
    expect(identityFor().maybeExecProbe(program)).toBe(false);
  });
});

describe("workloadOf()", () => {
  const cases: readonly [string, MadeUpPod, { name: string; kind: string }][] = [
    ["a pod of its own", {}, { name: "web", kind: "Pod" }],
    [
      "a static pod, which its node owns",
      { owner: { kind: "Node", name: "n" } },
      { name: "web", kind: "Pod" },
    ],
    [
      "a Deployment",
      {
        generateName: "cart-5f-",
        owner: { kind: "ReplicaSet", name: "cart-5f" },
        labels: { "pod-template-hash": "5f" },
      },
      { name: "cart", kind: "Deployment" },
    ],
    [
      "a ReplicaSet without a Deployment",
      { generateName: "cart-", owner: { kind: "ReplicaSet", name: "cart" } },
      { name: "cart", kind: "ReplicaSet" },
    ],
    [
      "an Argo Rollout",
      {
        generateName: "cart-5f-",
        owner: { kind: "ReplicaSet", name: "cart-5f" },
        labels: { "rollouts-pod-template-hash": "5f" },
      },
      { name: "cart", kind: "Rollout" },
    ],
    [
      "a CronJob",
      { generateName: "night-28000000-", owner: { kind: "Job", name: "night-28000000" } },
      { name: "night", kind: "CronJob" },
    ],
    ["a Job", { generateName: "once-", owner: { kind: "Job", name: "once" } }, { name: "once", kind: "Job" }],
    [
      "a DaemonSet",
      { generateName: "agent-", owner: { kind: "DaemonSet", name: "agent" } },
      { name: "agent", kind: "DaemonSet" },
    ],
    [
      "a StatefulSet",
      { generateName: "db-", owner: { kind: "StatefulSet", name: "db" } },
      { name: "db", kind: "StatefulSet" },
    ],
    [
      "a DeploymentConfig",
      {
        generateName: "app-1-",
        owner: { kind: "ReplicationController", name: "app-1" },
        labels: { deploymentconfig: "app" },
      },
      { name: "app", kind: "DeploymentConfig" },
    ],
    [
      "a custom owner",
      { generateName: "game-", owner: { kind: "GameServer", name: "game" } },
      { name: "game", kind: "GameServer" },
    ],
  ];
  for (const [title, settings, expected] of cases) {
    test(`finds ${title}`, () => {
      expect(workloadOf(v.parse(PodObject, podOf("web", settings)).metadata)).toEqual(expected);
    });
  }
});
