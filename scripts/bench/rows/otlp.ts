/** @module Events as OpenTelemetry's log records, against the official SDK. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { COLLECTOR, Collector, SDK } from "../../../test/exporter/otlp/collector.ts";
import { type Fixture, prepareFixture, WORK_DIRECTORY } from "../fixture.ts";
import { MeasuredProcess, type Usage } from "../measured-process.ts";
import { MEDIUM, SEED } from "../sizes.ts";
import { median } from "../statistics.ts";
import { NotMeasured, type Row, type RowSettings } from "./row.ts";

const BENCH = new URL("../", import.meta.url).pathname;
const [EVENTS, QUICK_EVENTS] = [100_000, 2000];

/** What a run came to. */
interface Run extends Usage {
  readonly eventsPerSecond: number;
}

/** @throws Error when it did not end well. */
async function runOne(command: readonly string[], count: number): Promise<Run> {
  mkdirSync(WORK_DIRECTORY, { recursive: true });
  const directory = mkdtempSync(`${WORK_DIRECTORY}otlp-`);
  try {
    const began = performance.now();
    const child = new MeasuredProcess({ command, logPath: join(directory, "log") });
    const exitCode = await child.exited;
    const seconds = (performance.now() - began) / 1000;
    const log = readFileSync(join(directory, "log"), "utf8").slice(-500);
    if (exitCode !== 0) throw new Error(`Exit code ${exitCode}: ${log}`);
    return { ...child.usage(), eventsPerSecond: count / seconds };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** A server that drains. */
async function startDrain(): Promise<{ readonly url: string } & AsyncDisposable> {
  const child = Bun.spawn([process.execPath, join(BENCH, "otlp-drain.ts")], { stdout: "pipe" });
  const { value } = await child.stdout.getReader().read();
  return {
    url: `http://127.0.0.1:${new TextDecoder().decode(value).trim()}`,
    async [Symbol.asyncDispose]() {
      child.kill();
      await child.exited;
    },
  };
}

const agent = (executable: string, { path }: Fixture, url: string) => [
  ...[executable, `--event-source=file:${path}`, "--from-beginning", "--exit-at-end"],
  `--otlp-endpoint=${url}`,
];
const sdk = ({ path }: Fixture, url: string) => [
  ...[process.execPath, join(BENCH, "otlp-sdk.ts"), SDK, `${url}/v1/logs`, path],
];

/** Ratios of the agent over the SDK. */
interface Figures {
  readonly cpu: number;
  readonly memory: number;
  readonly rate: number;
}

let figures: Promise<Figures> | undefined;

/** All come from the same runs. */
function measure(settings: RowSettings): Promise<Figures> {
  figures ??= measureAll(settings);
  return figures;
}

async function measureAll({ executable, isQuick, rounds, onProgress }: RowSettings): Promise<Figures> {
  if (!existsSync(SDK) || !existsSync(COLLECTOR))
    throw new NotMeasured("it needs what npm run acceptance -- outputs fetches");
  const count = isQuick ? QUICK_EVENTS : EVENTS;
  const fixture = prepareFixture({ meanBytes: MEDIUM.meanBytes, count, seed: SEED });
  await using drain = await startDrain();
  await using collector = await Collector.start();
  const all: Figures[] = [];
  for (let round = 1; round <= rounds; round++) {
    const ours = await runOne(agent(executable, fixture, drain.url), count);
    const theirs = await runOne(sdk(fixture, drain.url), count);
    const oursToIt = await runOne(agent(executable, fixture, collector.http), count);
    const theirsToIt = await runOne(sdk(fixture, collector.http), count);
    const perEvent = ({ cpuSeconds }: Run) => ((cpuSeconds / count) * 1e6).toFixed(1);
    const rate = ({ eventsPerSecond }: Run) => eventsPerSecond.toFixed(0);
    onProgress(
      `round ${round}/${rounds}: CPU ${perEvent(ours)} and ${perEvent(theirs)} us an event; to a Collector ${rate(oursToIt)} and ${rate(theirsToIt)} events/s; memory ${(ours.peakRssBytes / 1e6).toFixed(0)} and ${(theirs.peakRssBytes / 1e6).toFixed(0)} MB`,
    );
    all.push({
      cpu: ours.cpuSeconds / theirs.cpuSeconds,
      memory: ours.peakRssBytes / theirs.peakRssBytes,
      rate: oursToIt.eventsPerSecond / theirsToIt.eventsPerSecond,
    });
  }
  const of = (name: keyof Figures) => median(all.map((each) => each[name]));
  return { cpu: of("cpu"), memory: of("memory"), rate: of("rate") };
}

const ratio = { unit: "", isSlow: true } as const;

export const otlp: readonly Row[] = [
  {
    ...ratio,
    name: "otlp/CPU",
    label: "CPU of the whole agent, file to OTLP over HTTP, over the official SDK's",
    goal: { atMost: 0.125 },
    kind: "CPU",
    digits: 3,
    measure: async (settings) => (await measure(settings)).cpu,
  },
  {
    ...ratio,
    name: "otlp/memory",
    label: "resident memory of it over the official SDK's",
    goal: { atMost: 0.7 },
    kind: "memory",
    digits: 2,
    measure: async (settings) => (await measure(settings)).memory,
  },
  {
    ...ratio,
    name: "otlp/Collector",
    label: "events/s into a real Collector over the official SDK's",
    goal: { atLeast: 2 },
    kind: "time",
    digits: 1,
    measure: async (settings) => (await measure(settings)).rate,
  },
];
