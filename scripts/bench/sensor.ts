/**
 * @module What the native sensor costs: added time of loads that start many processes, with bpftrace doing the like
 * beside it; what it takes without loss; memory with many live processes. The agent is the built executable.
 */
import { existsSync } from "node:fs";
import { cpus } from "node:os";
import { findTracefs } from "../../src/kernel/tracepoint/index.ts";
import { sensorObstacle } from "../../src/source/sensor/index.ts";
import { buildNativePrograms, programPath } from "./native.ts";
import { measureAdded, startBpftrace, type WatchedLoad, type Watcher } from "./sensor-added.ts";
import { SensorAgent } from "./sensor-agent.ts";
import { buildLoad, execLoad, type Load, LoadNamespace } from "./sensor-load.ts";
import { floodTemplates } from "./sensor-records.ts";

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
  execs: 200,
  files: 20,
  /** For each round: turns of a load in which processes are counted, and of a build, which takes longer. */
  pairs: 40,
  buildPairs: 15,
  seconds: 10,
  replayed: 20_000,
  live: 10_000,
  settleMs: 2500,
  warmUp: { perSecond: 10_000, seconds: 2 },
};
const QUICK = {
  execs: 100,
  files: 4,
  pairs: 2,
  buildPairs: 2,
  seconds: 1,
  replayed: 5000,
  live: 500,
  settleMs: 500,
  warmUp: { perSecond: 1000, seconds: 0.1 },
};
/** For the agent to read what waits. `settleMs`: to return memory that it does not need, too. */
const SETTLE_MS = 500;

interface RateSettings {
  /** Events that the agent has had before. */
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
  /** Names of the cgroup that all are in. */
  readonly cgroup?: string | undefined;
}

/** Puts records into the agent's ring buffer. */
async function replay(
  agent: SensorAgent,
  namespace: LoadNamespace,
  { perSecond, seconds, cgroup }: ReplayRate,
) {
  const child = Bun.spawn(
    [programPath("sensor-flood"), String(agent.pid), String(perSecond), String(seconds)],
    { stdio: [floodTemplates(namespace.pid, cgroup), "pipe", "inherit"] },
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
  { perSecond, seconds, cgroup, warmUp }: ReplayRate & { readonly warmUp: ReplayRate },
): Promise<SensorRate> {
  const { processes: before } = await replay(agent, namespace, { ...warmUp, cgroup });
  return measureRate({
    label: `records replayed through the ring buffer, ${perSecond} processes a second`,
    agent,
    earlier: 2 * before,
    run: async () => {
      const { processes, lost, wall } = await replay(agent, namespace, { perSecond, seconds, cgroup });
      return { processes, seconds: wall, lost };
    },
  });
}

/** Cases of {@link measureRateOf}. */
export type RateCase = "limit" | "replay";

/** One case, once, with an agent of its own. */
export async function measureRateOf(
  name: RateCase,
  executable: string,
  namespace: LoadNamespace,
): Promise<SensorRate> {
  const agent = await SensorAgent.start(executable, namespace.scope);
  if (name === "limit") return measureLimit(agent, namespace, FULL.seconds);
  const { replayed: perSecond, seconds, warmUp } = FULL;
  return measureReplay(agent, namespace, { perSecond, seconds, warmUp });
}

/** Few enough that nothing is lost while the machine does other things, too. */
const CONTAINED = {
  quick: { perSecond: 1000, seconds: 1, warmUp: { perSecond: 1000, seconds: 0.1 } },
  full: { perSecond: 5000, seconds: 6, warmUp: { perSecond: 5000, seconds: 3 } },
};

/**
 * CPU of events whose processes are in a container, microseconds each; `undefined` where some were lost, so that it says nothing.
 * @param flags Of the agent.
 */
export async function measureInContainer(
  executable: string,
  namespace: LoadNamespace,
  {
    cgroup,
    flags,
    isQuick,
  }: { readonly cgroup: string; readonly flags: readonly string[]; readonly isQuick: boolean },
): Promise<number | undefined> {
  const agent = await SensorAgent.start(executable, namespace.scope, undefined, flags);
  const { perSecond, seconds, warmUp } = isQuick ? CONTAINED.quick : CONTAINED.full;
  const { cpuUsPerEvent, lost } = await measureReplay(agent, namespace, {
    perSecond,
    seconds,
    cgroup,
    warmUp,
  });
  return lost > 0 && !isQuick ? undefined : cpuUsPerEvent;
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

  const hasTracepoints = findTracefs() !== undefined;
  const bpftrace = hasTracepoints ? Bun.which("bpftrace") : null;
  if (!hasTracepoints)
    absent.push("bpftrace (tracefs is not mounted: mount -t tracefs tracefs /sys/kernel/tracing)");
  else if (bpftrace === null) absent.push("bpftrace (not installed: run scripts/ci/peers.sh)");
  const loads: Load[] = [execLoad(1, sizes.execs), execLoad(WORKERS, sizes.execs)];
  if (Bun.which("make") !== null) loads.push(buildLoad(sizes.files));
  else absent.push("a build under the sensor (make is not installed)");

  const compared: WatchedLoad[] = [];
  await using unwatched = await LoadNamespace.create();
  for (const load of loads) {
    if (!selects(load.id)) continue;
    const pairs = settings.rounds * (load.id === "build" ? sizes.buildPairs : sizes.pairs);
    const measure = async (name: string, watcher: Watcher): Promise<void> => {
      compared.push(await measureAdded(load, name, watcher, { watched: namespace, unwatched }, pairs));
      await watcher.stop();
    };
    const agent = await start();
    // An agent that has just begun still compiles its code, on the processors that the load is measured on.
    await replay(agent, namespace, sizes.warmUp);
    await measure("tetrad", { pid: agent.pid, stop: () => agent.stop() });
    if (bpftrace !== null) await measure("bpftrace", await startBpftrace(bpftrace, namespace));
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
