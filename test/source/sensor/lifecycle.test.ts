/** The life of the sensor: what it opens is closed again, whatever comes in between. */
import { expect, test } from "bun:test";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createConsola } from "consola";
import { SensorSource } from "../../../src/source/sensor/index.ts";
import type { SensorSettings } from "../../../src/source/sensor/settings.ts";
import { createCounters } from "../../../src/telemetry/counters.ts";
import { describeWithBpf } from "../../kernel/support.ts";
import { createCgroup } from "./support.ts";

/** eBPF objects, and memory of theirs, that this process holds. */
function held(): number {
  const links = readdirSync("/proc/self/fd").filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).includes("bpf");
    } catch {
      return false;
    }
  });
  return links.length + readFileSync("/proc/self/maps", "latin1").split("bpf-map").length - 1;
}

function create(settings: Partial<SensorSettings>): SensorSource {
  const sink = { write: () => undefined, offer() {} };
  const log = createConsola({ level: 0 });
  return new SensorSource({ nodeName: "test", ...settings }, { sink, counters: createCounters(), log });
}

const signal = () => new AbortController().signal;

describeWithBpf("the life of a sensor", () => {
  test("a start that fails leaves nothing behind", async () => {
    const before = held();
    await expect(create({ scope: "cgroup:no/such/group" }).start()).rejects.toThrow("--sensor-scope");
    await expect(create({ btf: import.meta.path }).start()).rejects.toThrow("--btf");
    expect(held()).toBe(before);
  });

  test("stop() closes what start() opened, also where nothing was read, and may come twice", async () => {
    await using cgroup = await createCgroup();
    const before = held();
    const sensor = create({ scope: cgroup.scope });
    await sensor.start();
    expect(held()).toBeGreaterThan(before);
    await sensor.stop(signal());
    await sensor.stop(signal());
    expect(held()).toBe(before);
    await sensor.run();
  });

  test("stop() may come before start(), and during it", async () => {
    await using cgroup = await createCgroup();
    const before = held();
    const early = create({ scope: cgroup.scope });
    await early.stop(signal());
    await early.start();
    await early.run();
    const during = create({ scope: cgroup.scope });
    const started = during.start();
    await during.stop(signal());
    await started;
    await during.run();
    expect(held()).toBe(before);
  });

  test("a run that ends closes everything", async () => {
    await using cgroup = await createCgroup();
    const before = held();
    const sensor = create({ scope: cgroup.scope, probes: { "enable-network-events": true } });
    await sensor.start();
    const run = sensor.run();
    await sensor.stop(signal());
    await run;
    expect(held()).toBe(before);
    expect(sensor.probes).toEqual([]);
  });
});
