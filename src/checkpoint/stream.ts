/** @module What a checkpoint knows of a stream. */
import type { Fingerprint } from "./fingerprint.ts";

/** What distinguishes one file from another. */
export interface StreamIdentity {
  /** Device and inode, as `bigint` stat gives them. */
  readonly dev: bigint;
  readonly ino: bigint;
  readonly fingerprint: Fingerprint;
}

/** A stream that the checkpoint knows. */
export interface CheckpointEntry extends StreamIdentity {
  readonly stream: number;
  /** Bytes of the stream's text that have been exported. */
  readonly position: number;
}
