/** @module Start: from spawn to the first datagram; and what an agent with nothing to do occupies. */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { WORK_DIRECTORY } from "./fixture.ts";
import { MeasuredProcess, readStatus } from "./measured-process.ts";
import { median } from "./statistics.ts";

/** How long an agent may take to its first datagram, milliseconds. */
const PATIENCE_MS = 10_000;
/** When an agent counts as idle, milliseconds after its start. */
const IDLE_AFTER_MS = 2000;

/** Times from spawn to the metadata datagram. */
export interface StartTimes {
  readonly medianMs: number;
  readonly minMs: number;
  readonly maxMs: number;
  readonly runs: number;
}

/** A socket that waits for one datagram at a time. */
async function openWaiter() {
  let arrived: (data: Buffer) => void = () => {};
  const socket = await Bun.udpSocket({ hostname: "127.0.0.1", socket: { data: (_, data) => arrived(data) } });
  const next = (): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error("Cannot time the start: no datagram came")),
        PATIENCE_MS,
      );
      arrived = (data) => {
        clearTimeout(timer);
        arrived = () => {};
        resolve(data);
      };
    });
  return { port: socket.port, next, close: () => socket.close() };
}

/** An agent to be started. */
interface AgentSettings {
  readonly executable: string;
  readonly directory: string;
  readonly port: number;
  readonly flags: readonly string[];
}

/** Starts an agent that follows an empty file. */
function startAgent({ executable, directory, port, flags }: AgentSettings): MeasuredProcess {
  const input = `${directory}/empty.log`;
  writeFileSync(input, "");
  const command = [
    executable,
    `--event-source=file:${input}`,
    "--udp-output-enabled",
    `--udp-output-port=${port}`,
    ...flags,
  ];
  return new MeasuredProcess({ command, logPath: `${directory}/log` });
}

async function timeStart(executable: string, directory: string): Promise<number> {
  const waiter = await openWaiter();
  try {
    const first = waiter.next();
    const before = performance.now();
    const agent = startAgent({ executable, directory, port: waiter.port, flags: ["--exit-at-end"] });
    const data = await first;
    const elapsed = performance.now() - before;
    await agent.stop();
    if (JSON.parse(data.toString()).event !== "agent_init") {
      throw new Error(`Cannot time the start: the first datagram is no agent_init: ${data}`);
    }
    return elapsed;
  } finally {
    waiter.close();
  }
}

/** Starts an agent `runs` times, and once more before. The file is in the page cache after that. */
export async function measureStart(executable: string, runs: number): Promise<StartTimes> {
  return inDirectory(async (directory) => {
    await timeStart(executable, directory);
    const times: number[] = [];
    for (let i = 0; i < runs; i++) times.push(await timeStart(executable, directory));
    return { medianMs: median(times), minMs: Math.min(...times), maxMs: Math.max(...times), runs };
  });
}

/**
 * Resident memory (VmRSS) of an agent that follows an empty file, bytes. Of a fresh copy: how much of a file a page brings
 * in depends on how the file was written, by up to 8 MB.
 */
export async function measureIdleRss(original: string): Promise<number> {
  return inDirectory(async (directory) => {
    const executable = `${directory}/tetrad`;
    copyFileSync(original, executable);
    const waiter = await openWaiter();
    try {
      const first = waiter.next();
      const agent = startAgent({ executable, directory, port: waiter.port, flags: [] });
      try {
        await first;
        await Bun.sleep(IDLE_AFTER_MS);
        return readStatus(agent.pid, "VmRSS");
      } finally {
        await agent.stop();
      }
    } finally {
      waiter.close();
    }
  });
}

async function inDirectory<T>(use: (directory: string) => Promise<T>): Promise<T> {
  mkdirSync(WORK_DIRECTORY, { recursive: true });
  const directory = mkdtempSync(`${WORK_DIRECTORY}start-`);
  try {
    return await use(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
