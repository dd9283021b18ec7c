/** @module tetrad that reads events from a pipe and has clients of its API beside its exporter, from start to end. */
import { closeSync, constants, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { WORK_DIRECTORY } from "./fixture.ts";
import { goProgram } from "./go.ts";
import { readStatus } from "./measured-process.ts";
import { buildNativePrograms, programPath } from "./native.ts";
import { startReceiver } from "./receiver.ts";
import { NotMeasured } from "./rows/row.ts";
import { waitFor } from "./sensor-load.ts";

/** Clients of the API. */
export interface Clients {
  readonly count: number;
  /** `all`: Go's client that counts; a number: so many KiB a second are read by each. */
  readonly reads: "all" | number;
}

/** What {@link runServed} is given. */
export interface ServedSettings {
  readonly executable: string;
  readonly input: string;
  /** Lines of the input. */
  readonly events: number;
  /** Beside the flags of source, exporter and address. */
  readonly flags?: readonly string[];
  /** Absent: the API is closed. */
  readonly clients?: Clients;
}

/** What became of it. */
export interface Served {
  /** At the receiver of UDP, from the first to the last datagram. */
  readonly eventsPerSecond: number;
  /** From the moment when all clients were there. */
  readonly peakRssBytes: number;
  readonly lost: number;
}

/** Nothing arrives any more after so long. */
const IDLE_MS = 3000;

/** Runs the agent once. All clients are there before the first event. @throws Error when it cannot be measured. */
export async function runServed({
  executable,
  input,
  events,
  flags = [],
  clients,
}: ServedSettings): Promise<Served> {
  if (!buildNativePrograms()) throw new NotMeasured("the receiver needs a C compiler: install gcc");
  mkdirSync(WORK_DIRECTORY, { recursive: true });
  const directory = mkdtempSync(`${WORK_DIRECTORY}served-`);
  const log = `${directory}/log`;
  const pipe = openPipe(`${directory}/pipe`);
  // agent_init comes first.
  const { port, receipt } = await startReceiver({
    program: programPath("count"),
    expected: events + 1,
    idleMs: IDLE_MS,
  });
  const agent = Bun.spawn(
    [
      ...[executable, "--event-source=stdin", "--udp-output-enabled", `--udp-output-port=${port}`],
      ...(clients === undefined ? [] : ["--server-address=127.0.0.1:0"]),
      ...flags,
    ],
    { stdin: pipe.reader, stdout: Bun.file(log), stderr: Bun.file(log) },
  );
  const peers: Bun.Subprocess[] = [];
  try {
    if (clients !== undefined) peers.push(await join(clients, log));
    // The peak so far is that of the start.
    await Bun.write(`/proc/${agent.pid}/clear_refs`, "5");
    const feeder = Bun.spawn(["cat", input], { stdout: pipe.writer, stderr: "inherit" });
    pipe.close();
    const { count, seconds } = await receipt;
    const peakRssBytes = readStatus(agent.pid, "VmHWM");
    await feeder.exited;
    return { eventsPerSecond: (count - 1) / seconds, peakRssBytes, lost: events + 1 - count };
  } finally {
    for (const peer of peers) peer.kill("SIGKILL");
    agent.kill("SIGKILL");
    await agent.exited;
    rmSync(directory, { recursive: true });
  }
}

/** A pipe whose reader waits until somebody writes. */
function openPipe(path: string) {
  const { exitCode } = Bun.spawnSync(["mkfifo", path]);
  if (exitCode !== 0) throw new NotMeasured("there is no mkfifo on this host");
  const both = openSync(path, constants.O_RDWR);
  const reader = openSync(path, constants.O_RDONLY);
  const writer = openSync(path, constants.O_WRONLY);
  return { reader, writer, close: () => [both, reader, writer].forEach(closeSync) };
}

/** Starts the clients, and waits until all are served. */
async function join({ count, reads }: Clients, log: string): Promise<Bun.Subprocess> {
  const opened = /msg="gRPC API is open" address=(\S+)/;
  const text = () => readFileSync(log, "utf8");
  await waitFor(() => opened.test(text()), "the API is open");
  const address = opened.exec(text())![1]!;
  if (reads !== "all") {
    const script = new URL("grpc-clients.ts", import.meta.url).pathname;
    const child = Bun.spawn([process.execPath, script, address, String(count), String(reads)], {
      stdout: "pipe",
      stderr: "inherit",
    });
    await child.stdout.getReader().read();
    return child;
  }
  const child = Bun.spawn([goProgram("grpc-peer"), "count", address, String(count)], {
    stdio: ["ignore", "ignore", "ignore"],
  });
  // One line for the first of them, at the usual level of the log; the others are there in the same moment.
  await waitFor(() => text().includes("Client takes events"), "clients are served");
  await Bun.sleep(300);
  return child;
}
