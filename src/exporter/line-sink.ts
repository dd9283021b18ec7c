/** @module The contract between a queued exporter and the place that its lines go to. */
import type { LineQueue } from "./queue.ts";

/** What one {@link LineSink.write} did to the lines at the front of the queue. */
export interface WriteOutcome {
  /** Lines from the front that have left whole. */
  readonly written: number;
  /** Lines after those that are lost. */
  readonly lost: number;
  /** The failure that ended the write. */
  readonly error: Error | undefined;
  /** Milliseconds to wait before the next write; 0 to go on at once. */
  readonly retryMs: number;
}

/** Where a `QueuedExporter` puts lines. Its methods never reject, but for {@link open}. */
export interface LineSink {
  /** For log lines: `file "/var/log/tetragon.log"`. */
  readonly description: string;
  /** @throws TetradError when the place cannot be written to. */
  open(): Promise<void>;
  /**
   * Writes lines from the front of the queue, which is not empty, and leaves them there. One write is in flight
   * at a time; lines may be pushed meanwhile. Each outcome either moves on or asks for a wait.
   */
  write(queue: LineQueue): Promise<WriteOutcome>;
  /** Opens anew by name, after the write in flight. */
  reopen?(): void;
  /** Closes after the write in flight; once `signal` aborts, nothing but that write is waited for. */
  close(signal: AbortSignal): Promise<void>;
}
