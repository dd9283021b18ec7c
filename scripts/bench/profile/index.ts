/**
 * @module Where the time of a row goes: `npm run bench -- --profile ROW`.
 *
 * The row is run twice. The executable as it is, for rates, CPU time and system calls; and from source with the runtime's
 * sampler, for functions by name and line: what is compiled takes no orders for the runtime, and has no names left.
 */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type Contestant, findContestants, TETRAD } from "../contestants.ts";
import { type Fixture, prepareFixture, WORK_DIRECTORY } from "../fixture.ts";
import { buildNativePrograms, programPath } from "../native.ts";
import { SEED, SIZES } from "../sizes.ts";
import { renderTable } from "../table.ts";
import { type Measurement, runOnce } from "../throughput.ts";
import { type CpuProfile, costsOf } from "./javascript.ts";
import { SystemCallCounter } from "./system-calls.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;
/** Lines of each table. */
const LINES = 25;
/** Between two samples, microseconds: the runtime's default, 1,000, is too long for the start. */
const INTERVAL_US = 250;
/** Waits for a file to be there and becomes the program: its process id is known before its first instruction. */
const GATE = 'gate=$1; shift; until [ -e "$gate" ]; do sleep 0.01; done; exec "$@"';

/** What {@link profileRow} is given. */
export interface ProfileSettings {
  /** `throughput/SIZE/CONTESTANT`. */
  readonly row: string;
  readonly executable: string | undefined;
  readonly isQuick: boolean;
  readonly isMarkdown: boolean;
  readonly onProgress: (text: string) => void;
}

interface Target {
  readonly id: string;
  readonly fixture: Fixture;
  readonly size: string;
}

/** All rows that can be profiled. */
export function profiledRows(): string[] {
  const { present } = findContestants(TETRAD);
  return SIZES.flatMap((size) =>
    present
      .filter(({ size: only = size.name }) => only === size.name)
      .map(({ id }) => `throughput/${size.name}/${id}`),
  );
}

function findTarget({ row, isQuick }: ProfileSettings): Target {
  const [, name, id] = /^throughput\/([^/]+)\/([^/]+)$/.exec(row) ?? [];
  const size = SIZES.find((candidate) => candidate.name === name);
  if (size === undefined || !profiledRows().includes(row)) {
    const rows = profiledRows().join('", "');
    throw new TypeError(`Cannot profile "${row}": there are "${rows}"`);
  }
  const count = isQuick ? size.quickEvents : size.events;
  return {
    id: id!,
    size: size.name,
    fixture: prepareFixture({ meanBytes: size.meanBytes, count, seed: SEED }),
  };
}

function contestantOf(id: string, executable: string): Contestant {
  return findContestants(executable).present.find((candidate) => candidate.id === id)!;
}

/** The row, run once, with its system calls where they can be had. */
async function runCounted(contestant: Contestant, fixture: Fixture): Promise<readonly [Measurement, string]> {
  const gate = `${WORK_DIRECTORY}gate-${process.pid}`;
  using counter = openCounter();
  const gated: Contestant = {
    ...contestant,
    prepare: async (job) => ["sh", "-c", GATE, "sh", gate, ...(await contestant.prepare(job))],
  };
  try {
    const run = await runOnce(gated, fixture, programPath("count"), (pid) => {
      if (counter instanceof SystemCallCounter) counter.follow(pid);
      writeFileSync(gate, "");
    });
    return [run, counter instanceof SystemCallCounter ? callTable(counter, fixture.count) : counter.reason];
  } finally {
    rmSync(gate, { force: true });
  }
}

interface NoCounter extends Disposable {
  readonly reason: string;
}

function openCounter(): SystemCallCounter | NoCounter {
  try {
    return new SystemCallCounter();
  } catch (error) {
    const reason = `Not counted: ${(error as Error).message}`;
    return { reason, [Symbol.dispose]() {} };
  }
}

const integer = (value: number) => Math.round(value).toLocaleString("en");
let isMarkdown = false;

function callTable(counter: SystemCallCounter, events: number): string {
  const costs = counter.costs();
  if (costs.length === 0)
    return "Not counted: this process is in a PID namespace, and the kernel counts in the host's.";
  return renderTable(
    {
      header: ["call", "calls", "µs a call", "µs an event"],
      rows: costs
        .slice(0, LINES)
        .map(({ name, calls, nanoseconds }) => [
          name,
          integer(calls),
          (nanoseconds / calls / 1000).toFixed(2),
          (nanoseconds / events / 1000).toFixed(3),
        ]),
    },
    isMarkdown,
  );
}

/** A program that runs tetrad from its source, with the sampler on. */
function writeProfiled(directory: string): string {
  const path = `${directory}/tetrad-from-source`;
  const flags = `--cpu-prof --cpu-prof-dir='${directory}' --cpu-prof-interval=${INTERVAL_US}`;
  writeFileSync(path, `#!/bin/sh\nexec '${process.execPath}' ${flags} '${ROOT}src/main.ts' "$@"\n`);
  chmodSync(path, 0o755);
  return path;
}

async function functionTable({ id, fixture }: Target): Promise<string> {
  mkdirSync(WORK_DIRECTORY, { recursive: true });
  const directory = mkdtempSync(`${WORK_DIRECTORY}profile-`);
  try {
    const contestant = contestantOf(id, writeProfiled(directory));
    const run = await runOnce(contestant, fixture, programPath("count"));
    if (run.failure !== undefined) throw new Error(`Cannot profile "${id}" from source: it ${run.failure}`);
    const file = readdirSync(directory).find((name) => name.endsWith(".cpuprofile"));
    if (file === undefined) throw new Error(`Cannot profile "${id}": the runtime wrote no profile`);
    const costs = costsOf(JSON.parse(readFileSync(`${directory}/${file}`, "utf8")) as CpuProfile, ROOT);
    const total = costs.reduce((sum, { microseconds }) => sum + microseconds, 0);
    const rows = costs
      .slice(0, LINES)
      .map(({ name, place, microseconds }) => [
        name,
        place,
        `${((microseconds / total) * 100).toFixed(1)} %`,
        (microseconds / fixture.count).toFixed(3),
      ]);
    return renderTable(
      { header: ["function", "where", "of the time", "µs an event"], rows, left: [0, 1] },
      isMarkdown,
    );
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const CALL_NOTE =
  "From entry to return, in all threads: what waits (futex, epoll, a call that has to share its processor) shows how long it waited. Counting costs about 0.3 µs a call.";
const FUNCTION_NOTE = `From source, one sample each ${INTERVAL_US} µs, without what is called: a function that makes system calls has their time, as datagram-sender.ts has that of sendmmsg. Loading from source is part of it, which the executable does not do.`;

/**
 * Runs a row under both.
 * @returns The report.
 * @throws TypeError where there is no such row.
 */
export async function profileRow(settings: ProfileSettings): Promise<string> {
  isMarkdown = settings.isMarkdown;
  if (!buildNativePrograms())
    throw new TypeError("Cannot profile: the receiver needs a C compiler, install gcc");
  const target = findTarget(settings);
  const { id, fixture, size } = target;
  const contestant = contestantOf(id, settings.executable ?? TETRAD);
  settings.onProgress(`${settings.row}: system calls`);
  const [run, calls] = await runCounted(contestant, fixture);
  if (run.failure !== undefined) throw new Error(`Cannot profile "${id}": it ${run.failure}`);
  const { userSecondsPerMillion: user, cpuSecondsPerMillion: cpu, eventsPerSecond } = run;
  const heading = (title: string) => (isMarkdown ? `### ${title}` : `== ${title}`);
  const parts = [
    `${contestant.label}, ${integer(fixture.count)} events of ${size}: ${integer(eventsPerSecond)} events/s, ${cpu.toFixed(2)} µs of CPU an event, of which ${(cpu - user).toFixed(2)} in the kernel.`,
    `${heading("System calls")}\n\n${calls}\n\n${CALL_NOTE}`,
  ];
  if (contestant.isOurs) {
    settings.onProgress(`${settings.row}: functions`);
    parts.push(`${heading("JavaScript")}\n\n${await functionTable(target)}\n\n${FUNCTION_NOTE}`);
  }
  return `${parts.join("\n\n")}\n`;
}
