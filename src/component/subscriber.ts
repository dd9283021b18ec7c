/** @module The contract of whoever takes events from the bus: exporters, and the clients of servers. */
import type { EventBatch, LineView } from "../event/batch.ts";

/** The events of one batch that are for a subscriber, in order. */
export interface EventLines extends LineView {
  /** Checkpoint stream of the batch, or `NO_STREAM`. */
  readonly stream: number;
  /** Position in the stream after everything that was read for the batch, events that are not in it included. */
  readonly endPosition: number;
}

/** Takes events. It never throws, and never waits. */
export interface Subscriber {
  /** As in the log and the counters. */
  readonly name: string;
  /**
   * Asked before a batch is filtered and encoded for it: whether it takes none of the `count` events, and has counted
   * them. So one that is stuck costs nothing.
   * @default it takes what its filter lets through
   */
  passes?(count: number): boolean;
  /**
   * Takes every event from a source that can wait: sends it, keeps a copy, or drops and counts it. The lines belong to
   * the caller again when this returns. A subscriber that blocks takes all, also above its limits: the caller then
   * waits for {@link ready}.
   */
  write(events: EventLines): void;
  /** The same for a source that cannot wait: what does not fit is dropped and counted. */
  offer(events: EventLines): void;
  /** `undefined` while there is room, or when nobody is to wait; else a promise that resolves when one may go on. */
  ready(): Promise<void> | undefined;
}

/** Which events a subscriber gets. */
export interface EventFilter {
  /**
   * Writes the numbers of the events that it gets into `numbers`, in order. It changes neither the batch nor its events.
   * @returns How many there are.
   */
  select(batch: EventBatch, numbers: Uint16Array): number;
}

/** What a subscriber does to events before they are encoded for it: a pipeline is such stages. */
export interface EventStages {
  /** Leaves in `batch` what goes on, changed where it is to be changed. Never throws. */
  process(batch: EventBatch): void;
}
