/** @module File to UDP: how fast, for how much CPU time and memory, and whether everything arrives. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { Contestant } from "./contestants.ts";
import { type Fixture, WORK_DIRECTORY } from "./fixture.ts";
import { MeasuredProcess } from "./measured-process.ts";
import { startReceiver } from "./receiver.ts";
import { median } from "./statistics.ts";

/** How long nothing may arrive before a run is over, milliseconds. */
const IDLE_MS = 3000;
/** How long a contestant may take to its first datagram or to its end, milliseconds. */
const PATIENCE_MS = 60_000;

/** One run of one contestant. */
export interface Measurement {
  /** Read from the file, those that a filter drops included. */
  readonly eventsPerSecond: number;
  readonly cpuSecondsPerMillion: number;
  /** Of that, outside of the kernel. */
  readonly userSecondsPerMillion: number;
  readonly peakRssBytes: number;
  /** Bytes received, and the time from the first to the last datagram. */
  readonly bytes: number;
  readonly seconds: number;
  /** Events that should have arrived minus events received. */
  readonly lost: number;
  /** Why the run does not count, or `undefined`. */
  readonly failure: string | undefined;
}

/** All runs of one contestant on one file. */
export interface ThroughputRow extends Measurement {
  readonly id: string;
  readonly label: string;
  readonly looksFor: string;
  readonly isOurs: boolean;
  readonly rounds: number;
}

/** What {@link measureThroughput} is given. */
export interface ThroughputSettings {
  readonly receiver: string;
  readonly fixture: Fixture;
  readonly contestants: readonly Contestant[];
  /** Rounds that count. */
  readonly rounds: number;
  /** A file for a round that does not count; `undefined` for none. */
  readonly warmUp: Fixture | undefined;
  readonly onProgress: (text: string) => void;
}

/** Runs one contestant once. @param onStart Given its process id. */
export async function runOnce(
  contestant: Contestant,
  fixture: Fixture,
  receiver: string,
  onStart?: (pid: number) => void,
): Promise<Measurement> {
  mkdirSync(WORK_DIRECTORY, { recursive: true });
  const directory = mkdtempSync(`${WORK_DIRECTORY}run-`);
  const kept = contestant.keeps ?? fixture.count;
  const expected = kept + contestant.preface;
  const { port, receipt, stop } = await startReceiver({ program: receiver, expected, idleMs: IDLE_MS });
  const patience = setTimeout(stop, PATIENCE_MS);
  try {
    const command = await contestant.prepare({ input: fixture.path, port, directory });
    const logPath = `${directory}/log`;
    const child = new MeasuredProcess({ command, logPath, ...(contestant.env && { env: contestant.env }) });
    onStart?.(child.pid);
    // One that has ended will send no more: what is still under way arrives within the receiver's patience.
    void child.exited.then(() => setTimeout(stop, IDLE_MS).unref());
    const { count, seconds, bytes } = await receipt;
    if (contestant.endsByItself) await Promise.race([child.exited, Bun.sleep(IDLE_MS)]);
    await child.stop();
    const exitCode = await child.exited;
    const { cpuSeconds, userSeconds, peakRssBytes } = child.usage();
    const lost = expected - count;
    const hasFailed = contestant.endsByItself && exitCode !== 0;
    return {
      eventsPerSecond: seconds > 0 ? (fixture.count - lost) / seconds : 0,
      cpuSecondsPerMillion: (cpuSeconds * 1e6) / fixture.count,
      userSecondsPerMillion: (userSeconds * 1e6) / fixture.count,
      peakRssBytes,
      bytes,
      seconds,
      lost,
      failure: hasFailed
        ? `ended with ${exitCode}: ${readFileSync(logPath, "utf8").slice(-500).trim()}`
        : undefined,
    };
  } finally {
    clearTimeout(patience);
    stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Runs all contestants, round after round in opposite order, so that whatever else the host does meets all alike. */
export async function measureThroughput(settings: ThroughputSettings): Promise<ThroughputRow[]> {
  const { receiver, fixture, contestants, rounds, warmUp, onProgress } = settings;
  const runs = new Map<string, Measurement[]>(contestants.map(({ id }) => [id, []]));
  if (warmUp) for (const contestant of contestants) await runOnce(contestant, warmUp, receiver);
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? contestants : [...contestants].reverse();
    for (const contestant of order) {
      const run = await runOnce(contestant, fixture, receiver);
      runs.get(contestant.id)!.push(run);
      const rate = Math.round(run.eventsPerSecond).toLocaleString("en");
      onProgress(`round ${round + 1}/${rounds} ${contestant.id}: ${rate} events/s, lost ${run.lost}`);
    }
  }
  return contestants.map((contestant) => summarise(contestant, runs.get(contestant.id)!));
}

/** Medians of rates and CPU time, the largest peak, all losses. */
function summarise({ id, label, looksFor, isOurs }: Contestant, runs: readonly Measurement[]): ThroughputRow {
  return {
    id,
    label,
    looksFor,
    isOurs,
    rounds: runs.length,
    eventsPerSecond: median(runs.map((run) => run.eventsPerSecond)),
    cpuSecondsPerMillion: median(runs.map((run) => run.cpuSecondsPerMillion)),
    userSecondsPerMillion: median(runs.map((run) => run.userSecondsPerMillion)),
    peakRssBytes: Math.max(...runs.map((run) => run.peakRssBytes)),
    bytes: median(runs.map((run) => run.bytes)),
    seconds: median(runs.map((run) => run.seconds)),
    lost: runs.reduce((sum, run) => sum + run.lost, 0),
    failure: runs.find((run) => run.failure !== undefined)?.failure,
  };
}
