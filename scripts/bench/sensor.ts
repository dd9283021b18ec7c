/**
 * @module What the native sensor costs: `bun scripts/bench/sensor.ts [--rounds N] [--count N] [--live N]`.
 *
 * Prints, from one run: CPU time and wall time of an exec-heavy load (a loop of /bin/true) with the sensor off and
 * on, in turns whose order changes each round, and with bpftrace doing the like where it is installed; what each
 * program costs in the kernel; the agent's CPU time per event; lost records; idle CPU time; memory, and with
 * `--live` memory with that many processes that live at the same time.
 *
 * Needs root. The sensor watches only the PID namespace in which the load runs. On a machine that is busy with
 * other things CPU times still compare; wall times do not.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { createConsola } from "consola";
import { type SensorSettings, SensorSource } from "../../src/source/sensor/index.ts";
import { createCounters } from "../../src/telemetry/counters.ts";
import { createPidNamespace, type Enclosure } from "../../test/source/sensor/support.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    count: { type: "string", default: "1000" },
    live: { type: "string", default: "0" },
  },
});
const ROUNDS = Number(values.rounds);
/** Processes of one turn. */
const COUNT = Number(values.count);
/** Seconds for which an idle sensor is watched. */
const IDLE = 3;
const LIVE = Number(values.live);
const BPF_STATS = "/proc/sys/kernel/bpf_stats_enabled";

/** A loop of /bin/true. */
const LOOP = `i=0; while [ $i -lt ${COUNT} ]; do /bin/true x; i=$((i + 1)); done`;

interface Turn {
  /** CPU time of the load, its children included, in microseconds a process. */
  readonly cpu: number;
  /** Wall time, in microseconds a process. */
  readonly wall: number;
}

/** Runs `loops` loops at the same time. */
async function runLoad(enclosure: Enclosure, loops = 1): Promise<Turn> {
  const script = `for l in $(seq ${loops}); do sh -c '${LOOP}' & done; wait`;
  const pid = enclosure.scope.slice("pidns:".length);
  const began = performance.now();
  const child = Bun.spawn(["nsenter", "-t", pid, "-p", "sh", "-c", script]);
  await child.exited;
  const processes = COUNT * loops;
  return {
    cpu: Number(child.resourceUsage()?.cpuTime.total ?? 0) / processes,
    wall: ((performance.now() - began) * 1000) / processes,
  };
}

const median = (list: number[]): number => list.toSorted((a, b) => a - b)[list.length >> 1] ?? Number.NaN;
const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
const megabytes = (): string => `${(process.memoryUsage.rss() / 1e6).toFixed(1)} MB`;

interface Running {
  readonly source: SensorSource;
  readonly counters: ReturnType<typeof createCounters>;
  stop(): Promise<void>;
}

async function startSensor(enclosure: Enclosure, extra: Partial<SensorSettings> = {}): Promise<Running> {
  const counters = createCounters();
  const started = Promise.withResolvers<void>();
  const log = createConsola({ level: 3, reporters: [{ log: () => started.resolve() }] });
  const source = new SensorSource(
    { nodeName: "bench", scope: enclosure.scope, ...extra },
    { sink: { write: () => undefined }, counters, log },
  );
  const run = source.run();
  await Promise.race([started.promise, run]);
  return {
    source,
    counters,
    async stop() {
      source.stop();
      await run;
    },
  };
}

/** Nanoseconds that each of this process's programs took per run, by name of their order of loading. */
function programCosts(): string[] {
  const costs: string[] = [];
  for (const fd of readdirSync("/proc/self/fdinfo")) {
    try {
      const info = readFileSync(`/proc/self/fdinfo/${fd}`, "latin1");
      const runs = Number(/^run_cnt:\s*(\d+)/m.exec(info)?.[1] ?? 0);
      if (runs > 0) costs.push(`${Math.round(Number(/^run_time_ns:\s*(\d+)/m.exec(info)?.[1]) / runs)} ns`);
    } catch {
      // The descriptor that listed the directory is gone.
    }
  }
  return costs;
}

async function compare(enclosure: Enclosure, what: string, start: () => Promise<() => Promise<void>>) {
  const off: Turn[] = [];
  const on: Turn[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    for (const isOn of round % 2 === 0 ? [false, true] : [true, false]) {
      const stop = isOn ? await start() : undefined;
      (isOn ? on : off).push(await runLoad(enclosure));
      await stop?.();
    }
  }
  for (const kind of ["cpu", "wall"] as const) {
    const [without, with_] = [off, on].map((turns) => median(turns.map((turn) => turn[kind]))) as [
      number,
      number,
    ];
    const added = (with_ / without - 1) * 100;
    console.log(
      `${what}: ${kind} time a process ${without.toFixed(0)} µs without, ${with_.toFixed(0)} µs with: ${added.toFixed(1)} % more`,
    );
  }
}

async function idle(enclosure: Enclosure): Promise<void> {
  const sensor = await startSensor(enclosure);
  await Bun.sleep(1000);
  const before = cpuSeconds();
  await Bun.sleep(IDLE * 1000);
  console.log(`idle: ${(((cpuSeconds() - before) / IDLE) * 100).toFixed(2)} % of a core, RSS ${megabytes()}`);
  await sensor.stop();
}

async function load(enclosure: Enclosure, what: string, extra: Partial<SensorSettings>): Promise<void> {
  const sensor = await startSensor(enclosure, extra);
  writeFileSync(BPF_STATS, "1");
  const before = cpuSeconds();
  const began = performance.now();
  await runLoad(enclosure, 4);
  const seconds = (performance.now() - began) / 1000;
  const costs = programCosts();
  writeFileSync(BPF_STATS, "0");
  await sensor.stop();
  const { read, bytes_read } = sensor.counters;
  const cpu = ((cpuSeconds() - before) * 1e6) / read;
  console.log(
    `${what}: ${(read / seconds).toFixed(0)} events/s of ${(bytes_read / read).toFixed(0)} bytes, ` +
      `${cpu.toFixed(1)} µs of the agent each, ${sensor.source.lost} lost, RSS ${megabytes()}; ` +
      `programs: ${costs.join(", ")}`,
  );
}

async function manyLive(enclosure: Enclosure): Promise<void> {
  const sensor = await startSensor(enclosure);
  const script = `p=; i=0; while [ $i -lt ${LIVE} ]; do sleep 600 & p="$p $!"; i=$((i + 1)); done; kill $p; wait`;
  const run = enclosure.run(["sh", "-c", script]);
  let most = 0;
  let atMost = "";
  const watch = setInterval(() => {
    const { size } = sensor.source.processTable;
    if (size > most) [most, atMost] = [size, megabytes()];
  }, 50);
  await run;
  clearInterval(watch);
  await sensor.stop();
  console.log(`${most} live processes: RSS ${atMost}, ${sensor.source.lost} lost`);
}

await using enclosure = await createPidNamespace();
await runLoad(enclosure, 2);
await idle(enclosure);
await compare(enclosure, "sensor", async () => {
  const sensor = await startSensor(enclosure);
  return () => sensor.stop();
});
const bpftrace = Bun.which("bpftrace");
if (bpftrace === null) console.log("bpftrace: not installed, not compared");
else {
  const program =
    'tracepoint:sched:sched_process_exec { printf("%d %s %s\\n", pid, comm, str(args.filename)); } tracepoint:sched:sched_process_exit { printf("%d %d\\n", pid, args.pid); }';
  await compare(enclosure, "bpftrace", async () => {
    const child = Bun.spawn([bpftrace, "-e", program], { stdio: ["ignore", "ignore", "ignore"] });
    await Bun.sleep(3000);
    return async () => {
      child.kill();
      await child.exited;
    };
  });
}
await load(enclosure, "load", {});
await load(enclosure, "load, all options", {
  credentials: true,
  namespaces: true,
  environment: true,
  ancestors: true,
  usernames: true,
  network: true,
});
if (LIVE > 0) await manyLive(enclosure);
