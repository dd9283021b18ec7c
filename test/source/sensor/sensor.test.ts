/** The sensor as a source: its life, its scope, and what it says when it cannot run. */
import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { createConsola } from "consola";
import { diagnose } from "../../../src/cli/doctor.ts";
import { SensorSource } from "../../../src/source/sensor/index.ts";
import { resolveScope } from "../../../src/source/sensor/scope.ts";
import { createCounters } from "../../../src/telemetry/counters.ts";
import { describeWithBpf } from "../../kernel/support.ts";
import { createCgroup, createPidNamespace, RunningSensor } from "./support.ts";

function createSensor(scope: string): SensorSource {
  const sink = { write: () => undefined };
  return new SensorSource(
    { nodeName: "test", scope },
    { sink, counters: createCounters(), log: createConsola({ level: 0 }) },
  );
}

describe("resolveScope()", () => {
  for (const [scope, message] of [
    ["", 'Cannot read sensor scope "": expected cgroup:PATH or pidns:PID'],
    ["cgroup:", 'Cannot read sensor scope "cgroup:": expected cgroup:PATH or pidns:PID'],
    ["pidns:x", 'Cannot read sensor scope "pidns:x": expected cgroup:PATH or pidns:PID'],
    ["pidns:0", 'Cannot use sensor scope "pidns:0": no process 0'],
  ] as const) {
    test(`refuses "${scope}"`, () => {
      expect(() => resolveScope(scope)).toThrow(message);
    });
  }
});

describe("SensorSource", () => {
  test("stop() before run() is legal, and run() then ends at once", async () => {
    const sensor = createSensor("pidns:1");
    sensor.stop();
    sensor.stop();
    await sensor.run();
  });

  test("run() rejects for a scope that does not exist", async () => {
    await expect(createSensor("pidns:0").run()).rejects.toThrow('sensor scope "pidns:0"');
  });
});

describeWithBpf("a running sensor", () => {
  test("closes everything when it is stopped", async () => {
    await using enclosure = await createPidNamespace();
    const before = readdirSync("/proc/self/fd").length;
    const sensor = await RunningSensor.start({ scope: enclosure.scope, network: true });
    expect(readdirSync("/proc/self/fd").length).toBeGreaterThan(before);
    await sensor[Symbol.asyncDispose]();
    expect(readdirSync("/proc/self/fd").length).toBe(before);
    expect(readFileSync("/proc/self/maps", "latin1")).not.toContain("bpf-map");
  });

  test("hands over what happened just before stop()", async () => {
    await using enclosure = await createCgroup();
    const sensor = await RunningSensor.start({ scope: enclosure.scope });
    await enclosure.run(["/bin/true", "last"]);
    await sensor[Symbol.asyncDispose]();
    expect(sensor.exits.some(({ process }) => process.arguments === "last")).toBe(true);
  });

  test("takes a larger ring than one that the longest record would not fit into", async () => {
    await using enclosure = await createPidNamespace();
    const sensor = await RunningSensor.start({ scope: enclosure.scope, ringBufferSize: 4096 });
    await enclosure.run(["/bin/true", "x".repeat(10_000)]);
    await sensor[Symbol.asyncDispose]();
    expect(sensor.execs.some(({ process }) => process.flags.includes("truncArgs"))).toBe(true);
    expect(sensor.counters.lost).toBe(0);
    expect(sensor.messages.some((text) => text.includes("--rb-size 4096"))).toBe(true);
  });

  test("sees processes of cgroups below its own", async () => {
    await using enclosure = await createCgroup();
    const sensor = await RunningSensor.start({ scope: enclosure.scope });
    const directory = enclosure.scope.slice("cgroup:".length);
    await enclosure.run([
      "/bin/sh",
      "-c",
      `mkdir ${directory}/below && echo $$ > ${directory}/below/cgroup.procs && /bin/true deep`,
    ]);
    await sensor[Symbol.asyncDispose]();
    expect(sensor.execs.some(({ process }) => process.arguments === "deep")).toBe(true);
  });

  test("sees processes of cgroups far below its own", async () => {
    await using enclosure = await createCgroup();
    const sensor = await RunningSensor.start({ scope: enclosure.scope });
    const directory = enclosure.scope.slice("cgroup:".length);
    const below = `${directory}/${Array.from({ length: 60 }, () => "d").join("/")}`;
    await enclosure.run([
      "/bin/sh",
      "-c",
      `mkdir -p ${below} && echo $$ > ${below}/cgroup.procs && /bin/true deep && echo $$ > ${directory}/cgroup.procs`,
    ]);
    await sensor[Symbol.asyncDispose]();
    expect(sensor.execs.some(({ process }) => process.arguments === "deep")).toBe(true);
  });
});

describeWithBpf("diagnose()", () => {
  test("says that the sensor can run, where it can", () => {
    const { report, isUsable } = diagnose();
    expect(isUsable).toBe(true);
    expect(report).toContain("ok  kernel ");
    expect(report).toContain("hook sched_process_exec");
    expect(report).toEndWith("The sensor can run here.\n");
  });
});
