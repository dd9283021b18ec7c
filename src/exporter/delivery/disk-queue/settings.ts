/** @module What a queue on disk is made from. */
import type { ConsolaInstance } from "consola";

/** What a queue on disk is made from. */
export interface DiskQueueSettings {
  readonly directory: string;
  /** The option that names the directory. */
  readonly option: string;
  /** All segments together take no more. Bytes. */
  readonly maxBytes: number;
  /** Number of the user that the agent will change to. */
  readonly user?: number | undefined;
  /** Of the checkpoint whose streams the lines come from. */
  readonly checkpointId: bigint;
  readonly exporter: string;
  readonly log: ConsolaInstance;
}

/** A segment of so many bytes is followed by another, where the queue may have several. */
const SEGMENT_GOAL = 4 * 1024 * 1024;
/** A queue has at least so many segments, which are given back one by one, and not many more than this: each is a descriptor. */
const [MIN_SEGMENTS, MAX_SEGMENTS] = [8, 256];

/** Bytes of a segment at most, but for a record that is larger alone, of a queue of `maxBytes`. */
export function segmentBytesOf(maxBytes: number): number {
  return Math.floor(Math.min(Math.max(SEGMENT_GOAL, maxBytes / MAX_SEGMENTS), maxBytes / MIN_SEGMENTS));
}
