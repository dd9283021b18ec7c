/** Container ids: cgroups at any depth, in v1 and v2, of what is executed and of what runs already. */
import { describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseCgroups } from "../../../src/os/process-cgroups.ts";
import { containerOf } from "../../../src/source/sensor/process/container-id.ts";
import {
  containerCgroupNames,
  containerHierarchy,
} from "../../../src/source/sensor/scope/cgroup-hierarchy.ts";
import { describeWithBpf } from "../../kernel/support.ts";
import { CGROUP_LAYOUTS } from "../../kubernetes/made-up-pods.ts";
import { createCgroup, RunningSensor, until } from "./support.ts";

const OUTER = "0123456789abcdef".repeat(4);
const INNER = "fedcba9876543210".repeat(4);
const MEMORY = { controller: "memory", subsystem: "memory_cgrp_id" };

const at = (path: string) => `0::${path}`;
const UID = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";

for (const [title, text, hierarchy, expected] of [
  ["in the cgroup itself", `0::/docker/${OUTER}`, undefined, OUTER],
  ["two levels up", `0::/system.slice/docker-${OUTER}.scope/system.slice/cron.service`, undefined, OUTER],
  ["many levels up", `0::/docker/${OUTER}${"/x".repeat(40)}`, undefined, OUTER],
  [
    "of a container inside another, the outer one",
    at(`/docker/${OUTER}/docker/${INNER}/init`),
    undefined,
    OUTER,
  ],
  [
    "of a container that calls a cgroup of its own like one of another pod, the outer one",
    at(`/kubepods/podx/${OUTER}/kubepods/pod${UID}/${INNER}`),
    undefined,
    OUTER,
  ],
  ["in v1, before v2", `4:memory:/docker/${OUTER}\n0::/docker/${INNER}`, MEMORY, OUTER],
  ["in v2, where v1 has none", `4:memory:/user\n0::/docker/${INNER}`, MEMORY, INNER],
  ["not in another v1 hierarchy", `4:memory:/user\n2:cpu,cpuacct:/docker/${OUTER}\n0::/`, MEMORY, ""],
] as const) {
  test(`a container id is found ${title}`, () => {
    const { id } = containerOf(containerCgroupNames(parseCgroups(text), { hierarchy }));
    expect(id).toBe(expected.slice(0, 31));
  });
}

test("of a node that is a container itself, containers are those inside of it, and it where there is none", () => {
  const places = { hierarchy: undefined, nodePath: `/docker/${OUTER}` };
  const idOf = (path: string) => containerOf(containerCgroupNames(parseCgroups(at(path)), places)).id;
  expect(idOf(`/docker/${OUTER}/kubelet/kubepods/pod${UID}/${INNER}/init`)).toBe(INNER.slice(0, 31));
  expect(idOf(`/docker/${OUTER}/system.slice/kubelet.service`)).toBe(OUTER.slice(0, 31));
  expect(idOf(`/docker/${INNER}/kubepods/pod${UID}/${OUTER}`)).toBe(INNER.slice(0, 31));
});

describe("a cgroup that is named like a container's", () => {
  const inPod = `kubepods.slice/kubepods-pod${UID.replaceAll("-", "_")}.slice/cri-containerd-${OUTER}.scope`;
  const layouts = Object.entries(CGROUP_LAYOUTS).map(([name, layout]) => [name, layout(UID, OUTER)] as const);
  test.each([
    ...layouts,
    ["Docker", `system.slice/docker-${OUTER}.scope`],
    ["Docker of older hosts", `docker/${OUTER}`],
    ["Podman", `machine.slice/libpod-${OUTER}.scope/container`],
    ["a pod of Podman", `machine.slice/machine-libpod_pod_${INNER}.slice/libpod-${OUTER}.scope`],
    ["containerd", `default/${OUTER}`],
    ["nerdctl", `system.slice/nerdctl-${OUTER}.scope`],
    ["a kubelet with a root of its own", `podruntime/kubelet/${inPod}`],
    ["a kubelet of kind", `kubelet.slice/kubelet-${inPod.replaceAll("/kubepods", "/kubelet-kubepods")}`],
    ["containerd's service", `system.slice/containerd.service/kubepods-podx.slice:cri-containerd:${OUTER}`],
    ["k3s' service", `system.slice/k3s-agent.service/kubepods/podx/${OUTER}`],
  ])("may be one of a pod where root and runtimes alone make cgroups: %s", (_name, path) => {
    expect(containerOf([path.split("/")])).toEqual({ id: OUTER.slice(0, 31), mayBeForged: false });
  });

  test.each([
    ["a user's session", `user.slice/user-1000.slice/user@1000.service/${inPod}`],
    ["below a user's slice", `user.slice/${inPod}`],
    ["a service that has been given cgroups", `system.slice/app.service/${inPod}`],
    ["a service that is called like a runtime's", `system.slice/my.containerd.app.service/${inPod}`],
    ["a scope", `system.slice/run-r1.scope/${inPod}`],
    ["a container of LXC", `lxc.payload.guest/${inPod}`],
    ["a virtual machine or system of its own", `machine.slice/systemd-nspawn@guest.service/payload/${inPod}`],
    ["Podman of a user", `user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${OUTER}.scope`],
  ])("is taken for no pod's where others may make cgroups: %s", (_name, path) => {
    expect(containerOf([path.split("/")])).toEqual({ id: OUTER.slice(0, 31), mayBeForged: true });
  });
});

describeWithBpf("container ids", () => {
  for (const [title, path, expected] of [
    ["one level above the process's cgroup", `docker-${OUTER}.scope/init`, OUTER],
    ["three levels above", `docker-${OUTER}.scope/a/b.slice/c.service`, OUTER],
    ["around another's", `${OUTER}/docker/crio-${INNER}.scope/x`, OUTER],
    ["above many whose names are as long as can be", `${OUTER}${`/${"c".repeat(255)}`.repeat(14)}`, OUTER],
    ["two hundred levels above", `${OUTER}${"/d".repeat(200)}`, OUTER],
    ["above names as long as can be", `docker-${OUTER}.scope/${"a".repeat(255)}/${"b".repeat(255)}`, OUTER],
  ] as const) {
    test(`are found ${title}, whether a process is executed or runs already`, async () => {
      await using enclosure = await createCgroup();
      const directory = join(enclosure.path, path);
      mkdirSync(directory, { recursive: true });
      const start = (...command: string[]) =>
        Bun.spawn(["sh", "-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"', directory, ...command]);
      const before = start("sleep", "1000");
      await until(() => readFileSync(`/proc/${before.pid}/comm`, "latin1") === "sleep\n", "it runs");
      await using sensor = await RunningSensor.start({ scope: enclosure.scope });
      await start("true", "executed").exited;
      const told = (argument: string) =>
        sensor.execs
          .filter(({ process }) => process.arguments === argument)
          .map(({ process }) => process.docker);
      await until(() => told("executed").length === 1, "the program is reported");
      before.kill("SIGKILL");
      await before.exited;
      expect([told("1000"), told("executed")]).toEqual([[expected.slice(0, 31)], [expected.slice(0, 31)]]);
    });
  }

  test("are looked for in a hierarchy that this host has", () => {
    const hierarchy = containerHierarchy();
    const own = parseCgroups(readFileSync("/proc/self/cgroup", "latin1"));
    if (hierarchy === undefined) expect(own.some(({ isV2 }) => isV2)).toBe(true);
    else expect(own.some(({ controllers }) => controllers.includes(hierarchy.controller))).toBe(true);
  });

  test("a process from before that is moved into the scope ends with its exec_id and binary", async () => {
    await using enclosure = await createCgroup();
    const move = (pid: number) => writeFileSync(join(enclosure.path, "cgroup.procs"), String(pid));
    const before = Bun.spawn(["sleep", "1001"]);
    await using sensor = await RunningSensor.start({ scope: enclosure.scope });
    const after = Bun.spawn(["sleep", "1002"]);
    for (const { pid } of [before, after]) move(pid);
    await until(() => sensor.execs.length === 2, "both are reported");
    for (const child of [before, after]) child.kill("SIGKILL");
    await until(() => sensor.exits.length === 2, "their ends are reported");
    for (const { process } of sensor.exits) {
      const exec = sensor.execs.find((event) => event.process.pid === process.pid);
      expect(exec?.process.flags).toStartWith("procFS");
      expect(process).toMatchObject({
        exec_id: exec!.process.exec_id,
        binary: "/usr/bin/sleep",
        arguments: expect.stringMatching(/^100[12]$/),
      });
    }
  });
});
