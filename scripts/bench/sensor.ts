/**
 * @module What the native sensor costs: added time of loads that start many processes, with bpftrace doing the like
 * beside it; what it takes without loss; memory with many live processes. The agent is the built executable.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { sensorObstacle } from "../../src/source/sensor/index.ts";
import { WORK_DIRECTORY } from "./fixture.ts";
import { buildNativePrograms, programPath } from "./native.ts";
import { SensorAgent } from "./sensor-agent.ts";
import { buildLoad, execLoad, type Load, LoadNamespace, type LoadTime, waitFor } from "./sensor-load.ts";
import { floodTemplates } from "./sensor-records.ts";
import { median } from "./statistics.ts";

/** One load with one watcher. */
export interface WatchedLoad {
  readonly load: string;
  readonly watcher: "tetrad" | "bpftrace";
  /** Median over the rounds of what the watcher adds to the load, as a part of the load without it. */
  readonly addedCpu: number;
  readonly addedWall: number;
  /** Median CPU time of the load alone, microseconds a process or, where processes are not counted, a run. */
  readonly cpuUs: number;
}

/** Processes as fast as can be, and what became of them. */
export interface SensorRate {
  readonly label: string;
  /** Starts and ends, each of a process. */
  readonly eventsPerSecond: number;
  /** Part of one core. */
  readonly agentCpu: number;
  readonly cpuUsPerEvent: number;
  /** Records without room in the ring buffer. */
  readonly lost: number;
  /** Events that are too few in what the agent read. */
  readonly missing: number;
  /** Whether more comes than this machine's processes can cause: then a loss is a figure, and no failure. */
  readonly isReplayed: boolean;
}

/** Resident memory with live processes, bytes. */
export interface SensorMemory {
  readonly processes: number;
  /** Peak while they are started. */
  readonly startingBytes: number;
  readonly idleBytes: number;
  /** Peak while all of them end. */
  readonly endingBytes: number;
}

/** What was found. */
export interface SensorCost {
  readonly loads: readonly WatchedLoad[];
  readonly rates: readonly SensorRate[];
  readonly memory: SensorMemory | undefined;
  /** What could not be measured, and why. */
  readonly absent: readonly string[];
}

/** What {@link measureSensor} is given. */
export interface SensorBenchSettings {
  readonly executable: string;
  readonly isQuick: boolean;
  readonly rounds: number;
  /** Selects by `sensor/case`. */
  readonly filter: RegExp;
  readonly onProgress: (text: string) => void;
}

const WORKERS = 2;
const FULL = {
  execs: 1500,
  files: 60,
  seconds: 10,
  replayed: 20_000,
  live: 10_000,
  roundsFactor: 3,
  settleMs: 2500,
  warmUp: { perSecond: 10_000, seconds: 2 },
};
const QUICK = {
  execs: 100,
  files: 4,
  seconds: 1,
  replayed: 5000,
  live: 500,
  roundsFactor: 1,
  settleMs: 500,
  warmUp: { perSecond: 1000, seconds: 0.1 },
};
/** For the agent to read what waits. `settleMs`: to return memory that it does not need, too. */
const SETTLE_MS = 500;

const BPFTRACE_PROGRAM = `tracepoint:sched:sched_process_exec { printf("exec %d %s %s\\n", pid, comm, str(args->filename)); }
tracepoint:sched:sched_process_exit { printf("exit %d %s\\n", pid, comm); }`;

/** Something that watches until it is told to stop. */
type Watcher = () => Promise<() => Promise<unknown>>;

async function startBpftrace(path: string): Promise<() => Promise<unknown>> {
  const log = `${WORK_DIRECTORY}bpftrace.log`;
  writeFileSync(log, "");
  const child = Bun.spawn([path, "-e", BPFTRACE_PROGRAM], {
    stdio: ["ignore", Bun.file(log), Bun.file(`${log}.errors`)],
  });
  // Its probes stand when it has seen something; this machine starts processes all the time, at least these.
  await waitFor(() => {
    if (child.exitCode !== null) {
      throw new Error(`Cannot run bpftrace:\n${readFileSync(`${log}.errors`, "utf8")}`);
    }
    Bun.spawnSync(["/bin/true"]);
    return readFileSync(log, "latin1").includes("exit ");
  }, "bpftrace watches");
  return () => {
    child.kill("SIGINT");
    return child.exited;
  };
}

/** Runs the load without and with each watcher, in an order that turns around each round. */
async function compareLoad(
  load: Load,
  namespace: LoadNamespace,
  watchers: ReadonlyMap<WatchedLoad["watcher"], Watcher>,
  rounds: number,
): Promise<WatchedLoad[]> {
  const variants = [undefined, ...watchers.keys()];
  const found = new Map<string | undefined, LoadTime[]>(variants.map((name) => [name, []]));
  await namespace.run(load.command);
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 === 0 ? variants : variants.toReversed()) {
      const stop = name === undefined ? undefined : await watchers.get(name)!();
      found.get(name)!.push(await namespace.run(load.command));
      await stop?.();
    }
  }
  const without = found.get(undefined)!;
  const added = (name: string, kind: "cpu" | "wall") =>
    median(found.get(name)!.map((time, round) => time[kind] / without[round]![kind] - 1));
  return [...watchers.keys()].map((watcher) => ({
    load: load.label,
    watcher,
    addedCpu: added(watcher, "cpu"),
    addedWall: added(watcher, "wall"),
    cpuUs: median(without.map(({ cpu, processes }) => (cpu * 1e6) / Math.max(processes, 1))),
  }));
}

interface RateSettings {
  /** Events that the agent was told before. */
  readonly earlier?: number;
  readonly label: string;
  readonly agent: SensorAgent;
  /** Runs the load. @returns Processes, seconds, and records that were lost on the way. */
  readonly run: () => Promise<{
    readonly processes: number;
    readonly seconds: number;
    readonly lost: number;
  }>;
}

async function measureRate({ label, agent, run, earlier = 0 }: RateSettings): Promise<SensorRate> {
  const before = agent.cpuSeconds;
  const { processes, seconds, lost } = await run();
  const during = agent.cpuSeconds - before;
  await Bun.sleep(SETTLE_MS);
  const all = agent.cpuSeconds - before;
  const totals = await agent.stop();
  const events = 2 * processes;
  return {
    label,
    isReplayed: earlier > 0,
    eventsPerSecond: events / seconds,
    agentCpu: during / seconds,
    cpuUsPerEvent: (all * 1e6) / events,
    lost: totals.lost + lost,
    missing: Math.max(0, earlier + events - totals.read),
  };
}

/** The program that ends soonest, started by as many workers as there are processors and one more. */
async function measureLimit(
  agent: SensorAgent,
  namespace: LoadNamespace,
  seconds: number,
): Promise<SensorRate> {
  const program = [programPath("spawn"), "loop", String(cpus().length + 1), "0", String(seconds)];
  return measureRate({
    label: "all that the machine starts and ends",
    agent,
    run: async () => {
      const { processes, wall } = await namespace.run([...program, programPath("spawn-nothing")]);
      return { processes, seconds: wall, lost: 0 };
    },
  });
}

interface ReplayRate {
  readonly perSecond: number;
  readonly seconds: number;
}

/** Puts records into the agent's ring buffer. */
async function replay(agent: SensorAgent, namespace: LoadNamespace, { perSecond, seconds }: ReplayRate) {
  const child = Bun.spawn(
    [programPath("sensor-flood"), String(agent.pid), String(perSecond), String(seconds)],
    { stdio: [floodTemplates(namespace.pid), "pipe", "inherit"] },
  );
  const text = await new Response(child.stdout).text();
  if ((await child.exited) !== 0) throw new Error("Cannot replay records: sensor-flood failed");
  const [processes = 0, lost = 0, nanoseconds = 0] = text.trim().split(" ").map(Number);
  return { processes, lost, wall: nanoseconds / 1e9 };
}

/** Records from a BPF program, as many as no machine of two cores makes by starting processes. */
async function measureReplay(
  agent: SensorAgent,
  namespace: LoadNamespace,
  { perSecond, seconds, warmUp }: ReplayRate & { readonly warmUp: ReplayRate },
): Promise<SensorRate> {
  const { processes: before } = await replay(agent, namespace, warmUp);
  return measureRate({
    label: `records replayed through the ring buffer, ${perSecond} processes a second`,
    agent,
    earlier: 2 * before,
    run: async () => {
      const { processes, lost, wall } = await replay(agent, namespace, { perSecond, seconds });
      return { processes, seconds: wall, lost };
    },
  });
}

async function measureMemory(
  agent: SensorAgent,
  namespace: LoadNamespace,
  { live: count, settleMs }: { readonly live: number; readonly settleMs: number },
): Promise<SensorMemory> {
  agent.forgetPeak();
  const command = namespace.enter([programPath("spawn"), "live", String(count)]);
  const child = Bun.spawn(command, { stdio: ["pipe", "pipe", "inherit"] });
  await child.stdout.getReader().read();
  await Bun.sleep(settleMs);
  const startingBytes = agent.peakRssBytes;
  const idleBytes = agent.rssBytes;
  agent.forgetPeak();
  child.stdin.end();
  await child.exited;
  await Bun.sleep(SETTLE_MS);
  const endingBytes = agent.peakRssBytes;
  await agent.stop();
  return { processes: count, startingBytes, idleBytes, endingBytes };
}

/** Why nothing of it can be measured here, or `undefined`. */
function obstacle(executable: string): string | undefined {
  if (!existsSync(executable)) return "not built: run npm run build";
  if (!buildNativePrograms()) return "needs a C compiler: install gcc";
  return sensorObstacle()?.message;
}

/** Measures what the filter selects. */
export async function measureSensor(settings: SensorBenchSettings): Promise<SensorCost> {
  const { executable, isQuick, filter, onProgress } = settings;
  const selects = (name: string): boolean => {
    const isSelected = filter.test(`sensor/${name}`);
    if (isSelected) onProgress(`sensor/${name}`);
    return isSelected;
  };
  const reason = obstacle(executable);
  if (reason !== undefined)
    return { loads: [], rates: [], memory: undefined, absent: [`sensor (${reason})`] };
  const sizes = isQuick ? QUICK : FULL;
  const absent: string[] = [];
  await using namespace = await LoadNamespace.create();
  const start = () => SensorAgent.start(executable, namespace.scope);

  const watchers = new Map<WatchedLoad["watcher"], Watcher>();
  watchers.set("tetrad", async () => {
    const agent = await start();
    // An agent that has just begun still compiles its code, on the processors that the load is measured on.
    await replay(agent, namespace, sizes.warmUp);
    return () => agent.stop();
  });
  const bpftrace = Bun.which("bpftrace");
  if (bpftrace !== null) watchers.set("bpftrace", () => startBpftrace(bpftrace));
  else absent.push("bpftrace (not installed: run scripts/ci/peers.sh)");
  const loads: Load[] = [execLoad(1, sizes.execs), execLoad(WORKERS, sizes.execs)];
  if (Bun.which("make") !== null) loads.push(buildLoad(sizes.files));
  else absent.push("a build under the sensor (make is not installed)");

  const compared: WatchedLoad[] = [];
  for (const load of loads) {
    if (!selects(load.id)) continue;
    compared.push(...(await compareLoad(load, namespace, watchers, settings.rounds * sizes.roundsFactor)));
  }
  const rates: SensorRate[] = [];
  if (selects("limit")) rates.push(await measureLimit(await start(), namespace, sizes.seconds));
  if (selects("replay")) {
    const { replayed: perSecond, seconds, warmUp } = sizes;
    rates.push(await measureReplay(await start(), namespace, { perSecond, seconds, warmUp }));
  }
  const memory = selects("live") ? await measureMemory(await start(), namespace, sizes) : undefined;
  return { loads: compared, rates, memory, absent };
}
