/** @module The contract of every exporter: where events go. */
import type { EventBatch } from "../event/batch.ts";

/** An exporter of events. It never throws and never rejects because of what the outside does. */
export interface Exporter {
  /** As in the log and the counters: `udp`, `file`, `stdout`. */
  readonly name: string;
  /**
   * Opens the exporter and lets `agent_init` go first. Returns promptly; what is not ready yet (a name that
   * does not resolve) is worked on in the background while events wait in the bounded queue.
   * @throws TetradError when the configuration can never work (an address family that the host lacks).
   */
  start(): Promise<void>;
  /**
   * Takes every line of the batch: sends it, queues a copy, or drops and counts it. The batch belongs to the
   * caller again when this returns.
   */
  write(batch: EventBatch): void;
  /**
   * `undefined` while there is room; else a promise that resolves when there is room again or when the
   * exporter makes no progress, so that a source never waits without bound.
   */
  ready(): Promise<void> | undefined;
  /** Sends what is queued, until done or until `signal` aborts; then counts the rest as dropped and closes. Idempotent. */
  stop(signal: AbortSignal): Promise<void>;
  /** Reopens what was opened by name (SIGHUP). */
  reload?(): void;
}
