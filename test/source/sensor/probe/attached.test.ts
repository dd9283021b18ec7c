/** Probes come and go while a sensor runs. */
import { expect, test } from "bun:test";
import { readdirSync, readlinkSync } from "node:fs";
import { createServer } from "node:net";
import { KernelObject } from "../../../../src/kernel/loader/index.ts";
import { defineRecord } from "../../../../src/kernel/record/index.ts";
import { AttachedProbes, type LoadedProbe } from "../../../../src/source/sensor/probe/attached.ts";
import { findProbe, PROBES } from "../../../../src/source/sensor/probe/index.ts";
import { kindOf } from "../../../../src/source/sensor/probe/list.ts";
import type { DecoderContext } from "../../../../src/source/sensor/probe/probe.ts";
import { describeWithBpf } from "../../../kernel/support.ts";
import { createCgroup, RunningSensor, until } from "../support.ts";

/** eBPF objects that this process holds. */
function bpfDescriptors(): number {
  return readdirSync("/proc/self/fd").filter((fd) => {
    try {
      return /bpf/.test(readlinkSync(`/proc/self/fd/${fd}`));
    } catch {
      return false;
    }
  }).length;
}

const CONNECT = (port: number): string[] => [
  process.execPath,
  "-e",
  `const net = require("node:net"); const s = net.connect(${port}, "127.0.0.1", () => s.end()); s.on("close", () => process.exit(0));`,
];

describeWithBpf("probes", () => {
  test("each has a name and a kind of record of its own", () => {
    expect(new Set(PROBES.map(({ name }) => name)).size).toBe(PROBES.length);
    for (const { name } of PROBES) expect(findProbe(name).name).toBe(name);
    expect(() => findProbe("none")).toThrow(new RangeError('Cannot find probe "none"'));
  });

  test("come and go while the sensor runs; what they held goes with them", async () => {
    await using cgroup = await createCgroup();
    const server = createServer((socket) => socket.resume().on("end", () => socket.end()));
    const { promise: listening, resolve } = Promise.withResolvers<void>();
    server.listen(0, "127.0.0.1", resolve);
    await listening;
    const { port } = server.address() as { port: number };
    try {
      await using sensor = await RunningSensor.start({ scope: cgroup.scope });
      const network = () => sensor.events.filter((event) => event.process_tracepoint !== undefined).length;
      const connect = async () => {
        const exits = sensor.exits.length;
        await cgroup.run(CONNECT(port));
        await until(() => sensor.exits.length > exits, "the process that connected has ended");
      };
      const without = bpfDescriptors();
      expect(sensor.source.probes).not.toContain("tcp");
      await connect();
      expect(network()).toBe(0);

      await sensor.source.attach("tcp");
      expect(sensor.source.probes).toContain("tcp");
      expect(bpfDescriptors()).toBeGreaterThan(without);
      await connect();
      await until(() => network() >= 2, "the connection was seen");

      sensor.source.detach("tcp");
      expect(sensor.source.probes).not.toContain("tcp");
      expect(bpfDescriptors()).toBe(without);
      const seen = network();
      await connect();
      expect(network()).toBe(seen);

      await sensor.source.attach("tcp");
      await sensor.source.attach("tcp");
      await connect();
      await until(() => network() >= seen + 2, "the connection was seen again");
      sensor.source.detach("tcp");
      expect(bpfDescriptors()).toBe(without);
    } finally {
      server.close();
    }
  });

  test("what a probe has recorded by the time it is detached still becomes events", async () => {
    await using cgroup = await createCgroup();
    await using sensor = await RunningSensor.start({ scope: cgroup.scope });
    await cgroup.run(["/bin/true"]);
    sensor.source.detach("exit");
    await until(() => sensor.exits.length > 0, "the end is read");
    const ends = sensor.exits.length;
    await cgroup.run(["/bin/true"]);
    await until(() => sensor.execs.length >= 2, "the second one is read");
    expect(sensor.exits.length).toBe(ends);
  });
});

describeWithBpf("AttachedProbes", () => {
  test("lists none of the probes whose decoders cannot all be made, and closes those that were", () => {
    const closed: string[] = [];
    const loaded = (name: string, decode?: () => void): LoadedProbe => ({
      probe: findProbe(name),
      implementation: {
        record: defineRecord({ kind: "u32" }, {}),
        programs: () => [],
        decoder() {
          if (decode === undefined) throw new Error("no decoder");
          return { decode, close: () => closed.push(name) };
        },
      },
    });
    const memory = new ArrayBuffer(64);
    const [exec, exit] = [findProbe("exec"), findProbe("exit")].map(kindOf) as [number, number];
    new Uint32Array(memory).set([exec, exit]);
    let decoded = 0;
    using shared = new KernelObject();
    using probes = new AttachedProbes({
      shared,
      memory,
      longestRecord: 64,
      procfs: "/proc",
      context: { settings: { btf: "" } } as DecoderContext,
      warn: () => {},
    });
    // The last one is the first to be made.
    const first = loaded("exit", () => decoded++);
    expect(() => probes.attach(undefined, [loaded("exec"), first])).toThrow("no decoder");
    expect(probes.names).toEqual([]);
    expect(closed).toEqual(["exit"]);
    probes.handle(4);
    expect(decoded).toBe(0);

    probes.attach(undefined, [loaded("exec", () => decoded++), first]);
    expect(probes.names).toEqual(["exit", "exec"]);
    probes.handle(0);
    probes.handle(4);
    expect(decoded).toBe(2);
  });
});
