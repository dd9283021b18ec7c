/** Container ids: cgroups at any depth, in v1 and v2, of what is executed and of what runs already. */
import { expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseCgroups } from "../../../src/os/process-cgroups.ts";
import { firstContainerId } from "../../../src/source/sensor/process/container-id.ts";
import {
  containerCgroupNames,
  containerHierarchy,
} from "../../../src/source/sensor/scope/cgroup-hierarchy.ts";
import { describeWithBpf } from "../../kernel/support.ts";
import { createCgroup, RunningSensor, until } from "./support.ts";

const OUTER = "0123456789abcdef".repeat(4);
const INNER = "fedcba9876543210".repeat(4);
const MEMORY = { controller: "memory", subsystem: "memory_cgrp_id" };

for (const [title, text, hierarchy, expected] of [
  ["in the cgroup itself", `0::/docker/${OUTER}`, undefined, OUTER],
  ["two levels up", `0::/system.slice/docker-${OUTER}.scope/system.slice/cron.service`, undefined, OUTER],
  ["many levels up", `0::/docker/${OUTER}${"/x".repeat(40)}`, undefined, OUTER],
  [
    "of a container inside another, the inner one",
    `0::/docker/${OUTER}/docker/${INNER}/init`,
    undefined,
    INNER,
  ],
  ["in v1, before v2", `4:memory:/docker/${OUTER}\n0::/docker/${INNER}`, MEMORY, OUTER],
  ["in v2, where v1 has none", `4:memory:/user\n0::/docker/${INNER}`, MEMORY, INNER],
  ["not in another v1 hierarchy", `4:memory:/user\n2:cpu,cpuacct:/docker/${OUTER}\n0::/`, MEMORY, ""],
] as const) {
  test(`a container id is found ${title}`, () => {
    expect(firstContainerId(containerCgroupNames(parseCgroups(text), hierarchy))).toBe(expected.slice(0, 31));
  });
}

describeWithBpf("container ids", () => {
  for (const [title, path, expected] of [
    ["one level above the process's cgroup", `docker-${OUTER}.scope/init`, OUTER],
    ["three levels above", `docker-${OUTER}.scope/a/b.slice/c.service`, OUTER],
    ["below another container's", `${OUTER}/docker/crio-${INNER}.scope/x`, INNER],
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
