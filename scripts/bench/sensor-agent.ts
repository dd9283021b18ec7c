/** @module tetrad with the native sensor, as a process whose CPU time, memory and totals are read from outside. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dropIncoming } from "../../src/os/udp-socket.ts";
import { WORK_DIRECTORY } from "./fixture.ts";
import { readStatus } from "./measured-process.ts";
import { waitFor } from "./sensor-load.ts";

/** `USER_HZ`: the unit of CPU times in procfs, on every Linux. */
const TICKS_PER_SECOND = 100;
const LOG = `${WORK_DIRECTORY}sensor-agent.log`;

/** What the agent counted in all. */
export interface AgentTotals {
  /** Events. */
  readonly read: number;
  /** Records that found no room in the ring buffer. */
  readonly lost: number;
}

/** User and system time of a process since it began, seconds. */
export function cpuSecondsOf(pid: number): number {
  // The name, in parentheses, may hold spaces: fields are counted from behind it.
  const fields = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1]!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** What takes the agent's events. */
interface Receiver {
  readonly port: number;
  close(): void;
}

/** A UDP socket that takes nothing in: the receiver of a real agent's events costs the agent's host nothing. */
async function openSink(): Promise<Receiver> {
  const socket = await Bun.udpSocket({ hostname: "127.0.0.1", socket: { data() {} } });
  dropIncoming((socket as typeof socket & { readonly fd: number }).fd);
  return socket;
}

/** A running agent. Its events go to a UDP socket. */
export class SensorAgent {
  readonly #process: Bun.Subprocess;
  readonly #socket: { close(): void };

  private constructor(process: Bun.Subprocess, socket: { close(): void }) {
    this.#process = process;
    this.#socket = socket;
  }

  /**
   * Starts the agent and waits until it watches.
   * @param scope As `--sensor-scope` takes it.
   * @param receiver It is closed when the agent is stopped. @default one that takes nothing in
   * @param flags Others.
   */
  static async start(
    executable: string,
    scope: string,
    receiver?: Receiver,
    flags: readonly string[] = [],
  ): Promise<SensorAgent> {
    mkdirSync(WORK_DIRECTORY, { recursive: true });
    // That of an agent before it would say that this one watches.
    writeFileSync(LOG, "");
    const socket = receiver ?? (await openSink());
    const child = Bun.spawn(
      [
        executable,
        "--event-source=sensor",
        `--sensor-scope=${scope}`,
        "--udp-output-enabled",
        `--udp-output-port=${socket.port}`,
        ...flags,
      ],
      { stdin: "ignore", stdout: Bun.file(LOG), stderr: Bun.file(LOG) },
    );
    await waitFor(() => {
      if (child.exitCode !== null) throw new Error(`Cannot start the sensor:\n${readFileSync(LOG, "utf8")}`);
      return readFileSync(LOG, "utf8").includes("Sensor watches");
    }, "the sensor watches");
    return new SensorAgent(child, socket);
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** User and system time so far, seconds. */
  get cpuSeconds(): number {
    return cpuSecondsOf(this.pid);
  }

  /** Resident memory now, bytes. */
  get rssBytes(): number {
    return readStatus(this.pid, "VmRSS");
  }

  /** The most resident memory since {@link forgetPeak}, bytes. */
  get peakRssBytes(): number {
    return readStatus(this.pid, "VmHWM");
  }

  /** Begins a new peak: see `clear_refs` in proc(5). */
  forgetPeak(): void {
    writeFileSync(`/proc/${this.pid}/clear_refs`, "5");
  }

  /** Ends the agent, which first reads what waits in the ring buffer. */
  async stop(): Promise<AgentTotals> {
    this.#process.kill("SIGTERM");
    await this.#process.exited;
    this.#socket.close();
    const line = readFileSync(LOG, "utf8")
      .split("\n")
      .find((text) => text.includes("Agent stopped"));
    const total = (name: string) => Number(new RegExp(` ${name}=(\\d+)`).exec(line ?? "")?.[1]);
    return { read: total("read"), lost: total("lost") };
  }
}
