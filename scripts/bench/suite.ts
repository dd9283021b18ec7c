/** @module Everything that is measured, in order. */
import { existsSync } from "node:fs";
import { cpus, loadavg, release, totalmem } from "node:os";
import { type Contestant, findContestants, TETRAD } from "./contestants.ts";
import { prepareFixture } from "./fixture.ts";
import { measureMetadata } from "./metadata.ts";
import { runMicroBenchmarks } from "./micro.ts";
import { buildNativePrograms, programPath } from "./native.ts";
import type { BenchOptions } from "./options.ts";
import type { Machine, Results, Throughput } from "./results.ts";
import { measureRows } from "./rows/index.ts";
import { measureSensor } from "./sensor.ts";
import { SEED, SIZES, type Size } from "./sizes.ts";
import { measureIdleRss, measureStart } from "./start.ts";
import { measureThroughput, type ThroughputRow } from "./throughput.ts";
import { measureValidation } from "./validation.ts";

const LONG_LINE = { meanBytes: 1800, events: 100_000, quickEvents: 10_000, bytes: 4 * 1024 * 1024 };
const WARM_UP_EVENTS = 20_000;
const START_RUNS = 20;
const METADATA = { rounds: 9, calls: 20_000 };
const VALIDATION = { meanBytes: 1800, events: 20_000, rounds: 9 };
const SENSOR_CASES = ["exec-1", "exec-2", "build", "limit", "replay", "live"].map((name) => `sensor/${name}`);

const ROOT = new URL("../../", import.meta.url).pathname;

/** What the measurements need to know of each other. */
interface Context {
  readonly options: BenchOptions;
  readonly onProgress: (text: string) => void;
}

function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    memoryBytes: totalmem(),
    kernel: release(),
    bun: Bun.version,
    load: loadavg()[0]!,
  };
}

function describeCommit(): string {
  const { exitCode, stdout } = Bun.spawnSync(["git", "describe", "--always", "--dirty"], { cwd: ROOT });
  return exitCode === 0 ? stdout.toString().trim() : "unknown";
}

/** Runs the contestants that the filter selects on one size. */
async function runSize(
  size: Size,
  contestants: readonly Contestant[],
  context: Context,
): Promise<Throughput> {
  const { options, onProgress } = context;
  const { name, meanBytes } = size;
  const count = options.isQuick ? size.quickEvents : size.events;
  const prefix = `throughput/${name}`;
  onProgress(`${prefix}: preparing ${count} events`);
  const rows = await measureThroughput({
    receiver: programPath("count"),
    fixture: prepareFixture({ meanBytes, count, seed: SEED }),
    contestants,
    rounds: options.rounds,
    warmUp: options.isQuick ? undefined : prepareFixture({ meanBytes, count: WARM_UP_EVENTS, seed: SEED }),
    onProgress: (text) => onProgress(`${prefix}: ${text}`),
  });
  return { size: name, meanBytes, events: count, rows };
}

async function runLongLine(contestant: Contestant, context: Context): Promise<ThroughputRow | undefined> {
  const { options, onProgress } = context;
  const { meanBytes, events, quickEvents, bytes } = LONG_LINE;
  const fixture = prepareFixture({
    meanBytes,
    count: options.isQuick ? quickEvents : events,
    seed: SEED,
    type: "process_exec",
    longLineBytes: bytes,
  });
  const rows = await measureThroughput({
    receiver: programPath("count"),
    fixture,
    contestants: [contestant],
    rounds: 1,
    warmUp: undefined,
    onProgress: (text) => onProgress(`memory/long-line: ${text}`),
  });
  return rows[0];
}

/** What `throughput/` and `memory/long-line` found. */
type FileToUdp = Pick<Results, "throughput" | "absent" | "longLine">;

async function runFileToUdp(context: Context): Promise<FileToUdp> {
  const { options, onProgress } = context;
  const { present, absent } = findContestants(options.executable ?? TETRAD);
  const selected = SIZES.map((size) => ({
    size,
    contestants: present.filter(
      ({ id, isOurs, isLimit, size: only = size.name }) =>
        only === size.name &&
        (size.isForAll || isOurs || isLimit === true) &&
        options.filter.test(`throughput/${size.name}/${id}`),
    ),
  })).filter(({ contestants }) => contestants.length > 0);
  const tetrad = options.filter.test("memory/long-line") ? present.find(({ isOurs }) => isOurs) : undefined;
  if (selected.length === 0 && tetrad === undefined)
    return { throughput: [], absent: [], longLine: undefined };
  if (!buildNativePrograms()) {
    const reason = "the receiver that counts needs a C compiler: install gcc";
    return { throughput: [], absent: [{ id: "all", label: "file to UDP", reason }], longLine: undefined };
  }
  for (const { label, reason } of absent) onProgress(`not measured: ${label} (${reason})`);
  const throughput: Throughput[] = [];
  for (const { size, contestants } of selected) throughput.push(await runSize(size, contestants, context));
  const longLine = tetrad && (await runLongLine(tetrad, context));
  return { throughput, absent, longLine };
}

/** Measures what the options select. */
export async function runSuite(context: Context): Promise<Results> {
  const { options, onProgress } = context;
  const { filter, isQuick } = options;
  const machine = describeMachine();
  const fileToUdp = await runFileToUdp(context);
  onProgress("start/, memory/, metadata/");
  const executable = options.executable ?? TETRAD;
  const hasTetrad = existsSync(executable);
  const measuresStart = hasTetrad && filter.test("start/first-datagram");
  const start = measuresStart ? await measureStart(executable, isQuick ? 1 : START_RUNS) : undefined;
  const idleRssBytes = hasTetrad && filter.test("memory/idle") ? await measureIdleRss(executable) : undefined;
  const metadata = filter.test("metadata/cost")
    ? await measureMetadata(isQuick ? 1 : METADATA.rounds, METADATA.calls)
    : undefined;
  const validation = filter.test("event/validation")
    ? measureValidation(
        prepareFixture({ meanBytes: VALIDATION.meanBytes, count: VALIDATION.events, seed: SEED }),
        isQuick ? 1 : VALIDATION.rounds,
      )
    : undefined;
  const measuresSensor = SENSOR_CASES.some((name) => filter.test(name));
  const sensor = measuresSensor
    ? await measureSensor({ executable, isQuick, rounds: options.rounds, filter, onProgress })
    : undefined;
  const rows = await measureRows(filter, { executable, isQuick, rounds: options.rounds, onProgress });
  onProgress("micro-benchmarks");
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: describeCommit(),
    isQuick,
    machine,
    ...fileToUdp,
    start,
    idleRssBytes,
    metadata,
    validation,
    sensor,
    rows,
    micro: await runMicroBenchmarks({ filter, isQuick }),
  };
}
