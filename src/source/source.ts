/** @module The contract of every source: where events come from. */
import type { ConsolaInstance } from "consola";
import type { EventBatch } from "../event/batch.ts";
import type { Counters } from "../telemetry/counters.ts";

/** Takes batches from sources. There is one sink, the agent's; sources share it. */
export interface Sink {
  /**
   * Consumes the batch of a source that can wait, before it returns: the source may reuse the batch's buffers right
   * after.
   * @returns `undefined` when the source may go on at once, or a promise to await before the next batch: as long as an
   * exporter that must not lose takes, or until the run is to end.
   */
  write(batch: EventBatch): Promise<void> | undefined;
  /** Consumes the batch of a source that cannot wait: what finds no room is dropped and counted. */
  offer(batch: EventBatch): void;
}

/** What a source is given by the agent. */
export interface SourceSettings {
  readonly sink: Sink;
  /** Sources count `read`, `bytes_read`, `line_too_long` here. */
  readonly counters: Counters;
  readonly log: ConsolaInstance;
}

/** A source of events. */
export interface Source {
  /** As the user named it: `stdin`, `file:/var/log/tetragon/*.log`. */
  readonly name: string;
  /**
   * Reads until the source ends (a finite one) or {@link stop} is called; then resolves, with everything that
   * was read handed to the sink. Rejects with a `TetradError` only if it cannot start at all; later faults
   * (a file that vanishes, a read error) are logged, counted and lived with. One that rejects later all the same has
   * failed: the others go on without it.
   */
  run(): Promise<void>;
  /** Ends {@link run} soon, at a line boundary. Idempotent, legal before `run`. */
  stop(): void;
  /** Reopens what was opened by name (SIGHUP). */
  reload?(): void;
  /**
   * Once {@link run} has ended: whether something that was to be read to its end could not be read, or was not there.
   * Only sources that end by themselves tell.
   */
  readonly hasFailed?: boolean;
}
