/** @module A child process whose CPU time and memory are measured. */
import { readFileSync } from "node:fs";

/** How often the kernel is asked for the peak, milliseconds. It only grows, so the last answer counts. */
const POLL_MS = 10;
/** How long a process may take to obey SIGTERM. */
const TERM_MS = 3000;

/** What a process used up. */
export interface Usage {
  /** User and system time, start and end of the process included. */
  readonly cpuSeconds: number;
  /** Of that, outside of the kernel. */
  readonly userSeconds: number;
  /** Peak resident memory (VmHWM), bytes. wait4's figure would do, were it not inherited from the parent. */
  readonly peakRssBytes: number;
}

/** What {@link MeasuredProcess} is given. */
export interface ProcessSettings {
  readonly command: readonly string[];
  /** File that takes standard output and error. */
  readonly logPath: string;
  /** Environment besides the most necessary. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * A field of /proc/PID/status that is in kB.
 * @returns Bytes; 0 when the process is gone.
 */
export function readStatus(pid: number, field: "VmHWM" | "VmRSS"): number {
  let status: string;
  try {
    status = readFileSync(`/proc/${pid}/status`, "latin1");
  } catch {
    return 0;
  }
  return parseStatus(status, field);
}

/** See {@link readStatus}. @param status Text of the file. */
export function parseStatus(status: string, field: string): number {
  const kilobytes = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status)?.[1];
  return kilobytes === undefined ? 0 : Number(kilobytes) * 1024;
}

/** Starts a process at once. */
export class MeasuredProcess {
  readonly exited: Promise<number>;
  readonly #process: Bun.Subprocess;
  readonly #poll: ReturnType<typeof setInterval>;
  #peakRssBytes = 0;

  constructor({ command, logPath, env = {} }: ProcessSettings) {
    const log = Bun.file(logPath);
    this.#process = Bun.spawn([...command], {
      stdin: "ignore",
      stdout: log,
      stderr: log,
      env: { PATH: process.env.PATH ?? "/usr/bin:/bin", ...env },
    });
    this.exited = this.#process.exited;
    this.#poll = setInterval(() => this.#readPeak(), POLL_MS);
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Ends the process if it has not ended: SIGTERM, and SIGKILL when that is not obeyed. */
  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    this.#readPeak();
    this.#process.kill("SIGTERM");
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), TERM_MS);
    await this.exited;
    clearTimeout(timer);
  }

  /** What it used; call it after it has ended. */
  usage(): Usage {
    clearInterval(this.#poll);
    const { total = 0, user = 0 } = this.#process.resourceUsage()?.cpuTime ?? {};
    const [cpuSeconds, userSeconds] = [Number(total) / 1e6, Number(user) / 1e6];
    return { cpuSeconds, userSeconds, peakRssBytes: this.#peakRssBytes };
  }

  #readPeak(): void {
    this.#peakRssBytes = Math.max(this.#peakRssBytes, readStatus(this.pid, "VmHWM"));
  }
}
