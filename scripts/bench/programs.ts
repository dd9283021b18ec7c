/**
 * What each of the sensor's programs costs, for each process and each connection:
 *
 *   test/vm/kernel-vm --kernel=6.12 --icount -- bun scripts/bench/programs.ts
 *
 * There a nanosecond is an executed instruction. On the host, where it takes root, it is a nanosecond. The kernel counts
 * how often a program runs and for how long; its own clock is read within that time, so that a program which leaves at
 * once costs some, too.
 */
import { copyFileSync, readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { KernelTypes, readKernelBtf } from "../../src/kernel/btf/index.ts";
import { KernelObject } from "../../src/kernel/loader/index.ts";
import { RingBuffer } from "../../src/kernel/ringbuf/index.ts";
import {
  kindOf,
  loadProbes,
  longestRecord,
  SENSOR_MAPS,
  sensorMaps,
  wantedProbes,
} from "../../src/source/sensor/probe/index.ts";
import type { SensorSettings } from "../../src/source/sensor/settings.ts";
import { buildNativePrograms, programPath } from "./native.ts";
import { ProgramStatistics } from "./program-time.ts";

const RING_SIZE = 1 << 24;
const LONG_ARGUMENTS = 8000;

/** Runs of a program, and the nanoseconds that they took. */
interface Spent {
  readonly runs: number;
  readonly time: number;
}

/** What the programs that this process holds have spent, in the order in which they were loaded. */
function readSpent(): Spent[] {
  return readdirSync("/proc/self/fdinfo")
    .map(Number)
    .sort((a, b) => a - b)
    .flatMap((fd) => {
      let info: string;
      try {
        info = readFileSync(`/proc/self/fdinfo/${fd}`, "latin1");
      } catch {
        return [];
      }
      const number = (name: string) => new RegExp(`^${name}:\\s*(\\d+)`, "m").exec(info)?.[1];
      if (number("prog_id") === undefined || /^link_type/m.test(info)) return [];
      return [{ runs: Number(number("run_cnt")), time: Number(number("run_time_ns")) }];
    });
}

/** In memory: what is read over a network would be in the way. */
function copy(path: string): string {
  const target = `/tmp/copy-of-${basename(path)}`;
  copyFileSync(path, target);
  return target;
}

if (!buildNativePrograms()) throw new Error("Cannot measure: install gcc");
const spawner = copy(programPath("spawn"));
const nothing = copy(programPath("spawn-nothing"));
const connector = copy(programPath("connections"));

const LOADS = [
  { name: "a process", count: 1000, command: [spawner, "loop", "1", "1000", "0", nothing] },
  {
    name: "a process with 8 kB of arguments",
    count: 200,
    command: [spawner, "loop", "1", "200", "0", nothing, "x".repeat(LONG_ARGUMENTS)],
  },
  { name: "a connection", count: 1000, command: [connector, "1000"] },
];

const SETTINGS: Record<string, Partial<SensorSettings>> = {
  "as it is by default": {},
  "with credentials, namespaces and environment": { credentials: true, namespaces: true, environment: true },
};

const round = (value: number): string => value.toFixed(value < 10 ? 2 : 0);

async function measure(name: string, settings: Partial<SensorSettings>): Promise<void> {
  const probes = await loadProbes(wantedProbes({ "enable-network-events": true }));
  using object = new KernelObject();
  object.createMaps(sensorMaps(RING_SIZE, longestRecord(probes)));
  using ring = new RingBuffer(object.map(SENSOR_MAPS.ring).fd, RING_SIZE);
  const types = new KernelTypes(readKernelBtf());
  const names: string[] = [];
  const attach = probes.flatMap(({ probe, implementation }) => {
    const context = {
      ...{ types, scope: undefined, kind: kindOf(probe), procfs: "/proc" },
      settings: { nodeName: "", ...settings },
    };
    object.createMaps(implementation.maps?.(context) ?? []);
    return implementation.programs(context).map((program) => {
      names.push(probe.name);
      return program.load(object);
    });
  });
  using links = new DisposableStack();
  for (const link of attach) links.use(link());
  using _ = new ProgramStatistics();
  for (const load of LOADS) {
    let records = 0;
    const before = readSpent();
    await Bun.spawn(load.command, { stdout: "ignore", env: {} }).exited;
    const after = readSpent();
    ring.read(() => records++);
    const spent = names.map((program, index) => ({
      program,
      runs: (after[index]!.runs - before[index]!.runs) / load.count,
      time: (after[index]!.time - before[index]!.time) / load.count,
    }));
    const seen = spent.filter(({ runs }) => runs > 0.5);
    const parts = seen.map(({ program, runs, time }) => `${program} ${round(time)} in ${round(runs)} runs`);
    const total = seen.reduce((sum, { time }) => sum + time, 0);
    console.log(
      `${load.name}, ${name}: ${round(total)} (${parts.join(", ")}), ${round(records / load.count)} records`,
    );
  }
}

for (const [name, settings] of Object.entries(SETTINGS)) await measure(name, settings);
process.exit(0);
