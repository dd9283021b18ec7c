/** @module What a checkpoint knows of a stream. */
import type { Fingerprint } from "./fingerprint.ts";
import type { Mark } from "./mark.ts";

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
  /** What stood before the place up to which it was read. */
  readonly mark: Mark;
  /** Hash of the path at which its file was the last one; 0 when another has come there since. */
  readonly home: bigint;
}
