/** @module The contract of an encoding: events of a batch as bytes of one format. */
import type { EventLines } from "../component/subscriber.ts";
import type { EventBatch } from "../event/batch.ts";

/** Numbers of events of a batch, in order. */
export interface EventSelection {
  readonly count: number;
  /** The first {@link count} are in use. */
  readonly numbers: Uint16Array;
}

/**
 * Encodes events, each at most once for a batch however many ask for it, and none that nobody asks for. There is one
 * for each format that somebody wants; all who want it share it.
 */
export interface Encoding {
  /** As users name it: `tetragon-json`. */
  readonly format: string;
  /** Takes up a batch, of which nothing is encoded yet. */
  begin(batch: EventBatch): void;
  /** Encodes those of the selected events that are not encoded yet. */
  encode(selection: EventSelection): void;
  /** Encodes all events that are not encoded yet. */
  encodeAll(): void;
  /** The batch's events by their numbers. Only those that are encoded may be looked at. */
  readonly lines: EventLines;
}
