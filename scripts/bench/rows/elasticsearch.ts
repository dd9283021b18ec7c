/** @module Events into Elasticsearch: how much of what the server can take arrives, what the agent takes for it, and what UDP loses by it. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EcsEncoder } from "../../../src/encoding/ecs/encoder.ts";
import { DATA_STREAM } from "../../../src/encoding/ecs/settings.ts";
import { OneLine } from "../../../src/exporter/delivery/one-line.ts";
import { BulkBuffer } from "../../../src/exporter/elasticsearch/bulk-buffer.ts";
import { type BulkServer, STREAM, startDrain, startOpenSearch } from "../bulk-server.ts";
import { type Contestant, tetrad, validating } from "../contestants.ts";
import { type Fixture, prepareFixture, WORK_DIRECTORY } from "../fixture.ts";
import { MeasuredProcess, type Usage } from "../measured-process.ts";
import { MEDIUM, SEED } from "../sizes.ts";
import { median } from "../statistics.ts";
import { rateRow } from "./rates.ts";
import type { Row, RowSettings } from "./row.ts";

/** Nobody listens there. */
const NOWHERE = "http://127.0.0.1:9";
const BULK_BYTES = 5 * 1024 * 1024;
/** Bulk requests that curl sends at once. */
const CURLS = 2;
/** Events into a real server: an ECS document takes it half a millisecond. */
const [EVENTS, QUICK_EVENTS] = [30_000, 3000];
/** Events to one that drains. */
const DRAINED_EVENTS = 200_000;

/** A directory that is gone at the end. */
function temporary(): { readonly path: string } & Disposable {
  mkdirSync(WORK_DIRECTORY, { recursive: true });
  const path = mkdtempSync(`${WORK_DIRECTORY}elasticsearch-`);
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** What a run of the agent came to. */
interface Run extends Usage {
  readonly eventsPerSecond: number;
}

/** Has an agent send a file, by a queue on disk. @throws Error when not every event arrived. */
async function runAgent(executable: string, { path, count }: Fixture, server: BulkServer): Promise<Run> {
  using directory = temporary();
  const before = await server.count();
  const began = performance.now();
  const child = new MeasuredProcess({
    command: [
      executable,
      `--event-source=file:${path}`,
      "--from-beginning",
      "--exit-at-end",
      `--elasticsearch-hosts=${server.url}`,
      `--elasticsearch-queue-dir=${join(directory.path, "queue")}`,
    ],
    logPath: join(directory.path, "log"),
  });
  const exitCode = await child.exited;
  const seconds = (performance.now() - began) / 1000;
  // The metadata is one more.
  const arrived = (await server.count()) - before - 1;
  if (exitCode !== 0 || arrived !== count) {
    const log = readFileSync(join(directory.path, "log"), "utf8").slice(-500);
    throw new Error(`${arrived} of ${count} events arrived, exit code ${exitCode}: ${log}`);
  }
  return { ...child.usage(), eventsPerSecond: count / seconds };
}

/** Writes the documents of a file as bulk requests, one a file. @returns Their paths. */
function prepareBulks({ path }: Fixture, directory: string): string[] {
  const encoder = new EcsEncoder({ agent: { version: "bench" }, dataStream: DATA_STREAM });
  const buffer = new BulkBuffer(encoder, BULK_BYTES, 100_000);
  const prefix = Buffer.from(`${Date.now()}`.padEnd(16, "-"));
  const paths: string[] = [];
  const flush = () => {
    const to = join(directory, `${paths.length}.ndjson`);
    const all = Array.from({ length: buffer.length }, (_, i) => i);
    writeFileSync(to, buffer.bodyOf(all));
    paths.push(to);
    buffer.clear();
  };
  for (const [sequence, line] of linesOf(path).entries()) {
    const lines = new OneLine(line);
    if (buffer.add(lines, 0, { prefix, sequence })) continue;
    flush();
    buffer.add(lines, 0, { prefix, sequence });
  }
  flush();
  return paths;
}

function linesOf(path: string): Buffer[] {
  const bytes = readFileSync(path);
  const lines: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(0x0a, at) + 1;
    lines.push(bytes.subarray(at, end));
    at = end;
  }
  return lines;
}

/** Events/s of curl that sends prepared requests. @throws Error when not every document arrived. */
async function runCurl(paths: readonly string[], count: number, server: BulkServer): Promise<number> {
  const before = await server.count();
  const began = performance.now();
  const url = `${server.url}/${STREAM}/_bulk?filter_path=errors`;
  const script = `printf '%s\\n' "$@" | xargs -P ${CURLS} -I {} curl -s -o /dev/null -H 'content-type: application/x-ndjson' --data-binary @{} '${url}'`;
  const child = Bun.spawn(["bash", "-c", script, "bash", ...paths]);
  await child.exited;
  const seconds = (performance.now() - began) / 1000;
  const arrived = (await server.count()) - before;
  if (arrived !== count) throw new Error(`${arrived} of ${count} prepared documents arrived`);
  return count / seconds;
}

/** Ratios of one series of runs. */
interface Figures {
  readonly overCurl: number;
  readonly cpuOverServer: number;
  readonly drainOverIndex: number;
}

let figures: Promise<Figures> | undefined;

/** All three come from the same runs. */
function measureIndex(settings: RowSettings): Promise<Figures> {
  figures ??= measureAll(settings);
  return figures;
}

async function measureAll({ executable, isQuick, rounds, onProgress }: RowSettings): Promise<Figures> {
  const count = isQuick ? QUICK_EVENTS : EVENTS;
  const fixture = prepareFixture({ meanBytes: MEDIUM.meanBytes, count, seed: SEED });
  await using server = await startOpenSearch();
  await using drain = await startDrain();
  const all: Figures[] = [];
  // The first round warms the server up.
  for (let round = 0; round <= rounds; round++) {
    using directory = temporary();
    const bulks = prepareBulks(fixture, directory.path);
    const before = server.cpuSeconds();
    const index = await runAgent(executable, fixture, server);
    const serverSeconds = server.cpuSeconds() - before;
    const curl = await runCurl(bulks, count, server);
    const drained = await runAgent(executable, fixture, drain);
    const result = {
      overCurl: index.eventsPerSecond / curl,
      cpuOverServer: index.cpuSeconds / serverSeconds,
      drainOverIndex: drained.eventsPerSecond / index.eventsPerSecond,
    };
    onProgress(
      `round ${round}/${rounds}: index ${index.eventsPerSecond.toFixed(0)}, curl ${curl.toFixed(0)}, drained ${drained.eventsPerSecond.toFixed(0)} events/s; CPU ${index.cpuSeconds.toFixed(1)} of ${serverSeconds.toFixed(1)} s`,
    );
    if (round > 0) all.push(result);
  }
  const of = (name: keyof Figures) => median(all.map((each) => each[name]));
  return {
    overCurl: of("overCurl"),
    cpuOverServer: of("cpuOverServer"),
    drainOverIndex: of("drainOverIndex"),
  };
}

const ratio = { unit: "", digits: 2, isSlow: true } as const;

const overCurl: Row = {
  ...ratio,
  name: "elasticsearch/file to index",
  label:
    "file to index over curl that sends the same ECS documents, prepared, two requests at a time: events/s",
  goal: { atLeast: 0.9 },
  kind: "time",
  measure: async (settings) => (await measureIndex(settings)).overCurl,
};

const cpuOverServer: Row = {
  ...ratio,
  name: "elasticsearch/CPU",
  label: "CPU time of the agent over that of OpenSearch, file to index",
  goal: { atMost: 0.1 },
  kind: "CPU",
  measure: async (settings) => (await measureIndex(settings)).cpuOverServer,
};

const drainOverIndex: Row = {
  ...ratio,
  name: "elasticsearch/drain",
  label: "file to ECS to queue to a server that only drains, over OpenSearch: events/s",
  goal: { atLeast: 10 },
  kind: "time",
  measure: async (settings) => (await measureIndex(settings)).drainOverIndex,
};

const memory: Row = {
  name: "elasticsearch/memory",
  label: "resident memory at full speed, file to ECS to queue to a server that only drains",
  goal: { atMost: 130 },
  kind: "memory",
  unit: "MB",
  digits: 0,
  async measure({ executable, isQuick, rounds }) {
    const count = isQuick ? QUICK_EVENTS : DRAINED_EVENTS;
    const fixture = prepareFixture({ meanBytes: MEDIUM.meanBytes, count, seed: SEED });
    await using drain = await startDrain();
    const peaks: number[] = [];
    for (let round = 0; round < rounds; round++)
      peaks.push((await runAgent(executable, fixture, drain)).peakRssBytes / 1e6);
    return median(peaks);
  },
};

/** UDP, and a queue on disk that only fills. */
function besideQueue(executable: string): Contestant {
  const plain = tetrad({
    executable,
    id: "tetrad-queue",
    label: "tetrad, Elasticsearch down",
    looksFor: "valid events",
  });
  return {
    ...plain,
    // It would wait for the cluster.
    endsByItself: false,
    async prepare(job) {
      const queue = `--elasticsearch-queue-dir=${join(job.directory, "queue")}`;
      return [
        ...(await plain.prepare(job)),
        `--elasticsearch-hosts=${NOWHERE}`,
        queue,
        "--elasticsearch-queue-max-bytes=4G",
      ];
    },
  };
}

const udpBeside = rateRow({
  name: "elasticsearch/UDP beside",
  label:
    "UDP events/s with Elasticsearch down and its queue on disk filling, over UDP alone, 1.8 KB, validated",
  goal: { atLeast: 0.7 },
  size: MEDIUM,
  contestants: ({ executable }) => [besideQueue(executable), validating(executable)],
});

export const elasticsearch: readonly Row[] = [overCurl, cpuOverServer, drainOverIndex, memory, udpBeside];
