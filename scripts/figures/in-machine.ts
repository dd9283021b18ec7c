/**
 * Runs inside `kernel-vm --icount`, where a nanosecond of any clock is an executed instruction, and counts what one
 * executable costs: `bun in-machine.ts EXECUTABLE EVENTS-FILE`. Writes {@link Instructions} as JSON.
 *
 * Each figure is the difference between a run with many and one with few, so that starting and ending are not in it.
 */
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { dropIncoming } from "../../src/os/udp-socket.ts";
import { programPath } from "../bench/native.ts";
import { median } from "../bench/statistics.ts";
import type { Instructions } from "./figures.ts";

/** How many, in the run with few and in the one with many. */
const EVENTS = [6_000, 30_000] as const;
const PROCESSES = [300, 1_800] as const;
/** Not fewer: what is compiled in the first thousands of events differs from run to run by a tenth. */
const CONNECTIONS = [1_800, 6_000] as const;
const START_RUNS = 5;
const POLL_MS = 5;

/** Memory of the machine: reading through 9p would be charged to whoever reads. */
function copy(path: string): string {
  const target = `/tmp/${basename(path)}`;
  copyFileSync(path, target);
  return target;
}

const [executable, eventsPath] = process.argv.slice(2).map(copy) as [string, string];
const spawner = copy(programPath("spawn"));
const nothing = copy(programPath("spawn-nothing"));
const connector = copy(programPath("connections"));

/** A receiver that takes nothing in: sending costs what it costs, receiving nothing. */
const sink = await Bun.udpSocket({ hostname: "127.0.0.1", socket: { data() {} } });
dropIncoming((sink as typeof sink & { readonly fd: number }).fd);

/** User and system time of a process that has ended, nanoseconds: the scheduler's own sum, exact to a microsecond. */
async function cost(child: Bun.Subprocess): Promise<number> {
  await child.exited;
  return Number(child.resourceUsage()!.cpuTime.total) * 1000;
}

function startAgent(flags: readonly string[], log: string): Bun.Subprocess {
  return Bun.spawn([executable, "--udp-output-enabled", `--udp-output-port=${sink.port}`, ...flags], {
    stdin: "ignore",
    stdout: Bun.file(log),
    stderr: Bun.file(log),
  });
}

async function costOfFile(path: string): Promise<number> {
  const log = "/tmp/file.log";
  const agent = startAgent([`--event-source=file:${path}`, "--from-beginning", "--exit-at-end"], log);
  const total = await cost(agent);
  if (agent.exitCode !== 0) throw new Error(`Cannot count a file's events: ${readFileSync(log, "utf8")}`);
  return total;
}

async function perEvent(): Promise<number> {
  const lines = readFileSync(eventsPath, "utf8").split("\n");
  const costs: number[] = [];
  for (const count of EVENTS) {
    const path = `/tmp/events-${count}`;
    writeFileSync(path, `${lines.slice(0, count).join("\n")}\n`);
    costs.push(await costOfFile(path));
  }
  return (costs[1]! - costs[0]!) / (EVENTS[1] - EVENTS[0]);
}

/** From exec to exit of an agent that has one event to send. */
async function start(): Promise<number> {
  const path = "/tmp/one-event";
  writeFileSync(path, `${readFileSync(eventsPath, "utf8").split("\n", 1)[0]}\n`);
  // The first run brings the executable's pages in.
  await costOfFile(path);
  const costs: number[] = [];
  for (let i = 0; i < START_RUNS; i++) costs.push(await costOfFile(path));
  return median(costs);
}

/** The load's own cost, as it writes it. */
async function runLoad(command: readonly string[]): Promise<number> {
  const child = Bun.spawn([...command], { stdio: ["ignore", "pipe", "inherit"] });
  const text = await new Response(child.stdout).text();
  if ((await child.exited) !== 0) throw new Error(`Cannot count "${command.join(" ")}": it failed`);
  return Number(text.trim().split(" ")[2]);
}

/** What the load and the agent that watches it cost. */
async function runWatched(command: readonly string[], flags: readonly string[]) {
  const log = "/tmp/sensor.log";
  writeFileSync(log, "");
  const agent = startAgent(["--event-source=sensor", ...flags], log);
  while (!readFileSync(log, "utf8").includes("Sensor watches")) {
    if (agent.exitCode !== null) throw new Error(`Cannot start the sensor: ${readFileSync(log, "utf8")}`);
    await Bun.sleep(POLL_MS);
  }
  const load = await runLoad(command);
  agent.kill("SIGTERM");
  return { load, agent: await cost(agent) };
}

/** What the sensor adds to one process or connection: in the kernel on its way, and in the agent. */
async function perWatched(
  [few, many]: readonly [number, number],
  command: (count: number) => readonly string[],
  flags: readonly string[] = [],
): Promise<number> {
  await runLoad(command(few));
  const unwatched = (await runLoad(command(many))) / many;
  const small = await runWatched(command(few), flags);
  const large = await runWatched(command(many), flags);
  return large.load / many - unwatched + (large.agent - small.agent) / (many - few);
}

const instructions: Instructions = {
  start: Math.round(await start()),
  event: Math.round(await perEvent()),
  process: Math.round(
    await perWatched(PROCESSES, (count) => [spawner, "loop", "1", String(count), "0", nothing]),
  ),
  connection: Math.round(
    await perWatched(CONNECTIONS, (count) => [connector, String(count)], ["--enable-network-events"]),
  ),
};
console.log(JSON.stringify(instructions));
process.exit(0);
