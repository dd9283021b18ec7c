/** @module Tells systemd how the agent is: started, alive, reloading, stopping (sd_notify(3), `Type=notify`). */
import { sendToUnixSocket } from "../os/notify-socket.ts";

/** The variables of systemd's protocol. */
export type ServiceEnvironment = Record<string, string | undefined>;

/** The agent's connection to the service manager. Every call is cheap and does nothing where there is none. */
export interface ServiceManager {
  /** The agent works: after start and after a reload. From the first call on the watchdog is fed. */
  ready(status: string): void;
  /** A reload begins; {@link ready} ends it. To be called once the agent is ready. */
  reloading(): void;
  /**
   * The agent is about to end: from now on it is neither ready nor reloading. The watchdog is fed until {@link close},
   * since draining takes its time.
   */
  stopping(): void;
  /** Stops feeding the watchdog. Idempotent. */
  close(): void;
}

/**
 * The service manager that started this process, as `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID` say. The
 * variables are taken out of `env`, so that no child can speak for the agent.
 */
export function connectServiceManager(env: ServiceEnvironment): ServiceManager {
  const { NOTIFY_SOCKET: socket, WATCHDOG_USEC: interval, WATCHDOG_PID: pid } = env;
  delete env.NOTIFY_SOCKET;
  delete env.WATCHDOG_USEC;
  delete env.WATCHDOG_PID;
  if (socket === undefined || socket === "") return new NoServiceManager();
  const watched = interval !== undefined && (pid === undefined || Number(pid) === process.pid);
  return new SystemdManager(socket, watched ? Number(interval) / 1000 : 0);
}

class NoServiceManager implements ServiceManager {
  ready(): void {}
  reloading(): void {}
  stopping(): void {}
  close(): void {}
}

/** How soon what systemd could not take is sent again, milliseconds, and how often. */
const RETRY_MS = 250;
const MAX_RETRIES = 400;

class SystemdManager implements ServiceManager {
  readonly #socket: string;
  readonly #watchdogMs: number;
  #watchdog: ReturnType<typeof setInterval> | undefined;
  #isStopping = false;
  /** Changes of state that systemd has not taken yet, oldest first: each is said once, and waited for. */
  readonly #unsaid: string[] = [];
  #retries = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(socket: string, watchdogMs: number) {
    this.#socket = socket;
    this.#watchdogMs = watchdogMs;
  }

  ready(status: string): void {
    if (this.#isStopping) return;
    this.#notify("READY=1", `STATUS=${status}`);
    if (this.#watchdog !== undefined || !(this.#watchdogMs > 0)) return;
    // Twice in the time allowed, as sd_watchdog_enabled(3) advises. From the event loop: one that hangs is killed.
    this.#watchdog = setInterval(
      () => sendToUnixSocket(this.#socket, "WATCHDOG=1"),
      Math.max(1, this.#watchdogMs / 2),
    );
    this.#watchdog.unref();
  }

  reloading(): void {
    if (!this.#isStopping) this.#notify("RELOADING=1");
  }

  stopping(): void {
    this.#isStopping = true;
    this.#notify("STOPPING=1");
  }

  close(): void {
    clearInterval(this.#watchdog);
    clearTimeout(this.#retry);
    this.#watchdog = undefined;
  }

  #notify(...assignments: string[]): void {
    this.#unsaid.push(assignments.join("\n"));
    this.#retries = 0;
    this.#flush();
  }

  #flush(): void {
    clearTimeout(this.#retry);
    while (this.#unsaid.length > 0 && sendToUnixSocket(this.#socket, this.#unsaid[0]!)) this.#unsaid.shift();
    if (this.#unsaid.length === 0) return;
    if (this.#retries++ === MAX_RETRIES) {
      this.#unsaid.length = 0;
      return;
    }
    this.#retry = setTimeout(() => this.#flush(), RETRY_MS);
    this.#retry.unref();
  }
}
