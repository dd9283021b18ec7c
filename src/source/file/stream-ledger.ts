/**
 * @module Decides where reading a file begins: which stream of the checkpoint it continues, under whatever name and
 * inode it comes, or that it is a new one.
 */
import type { Checkpoint, CheckpointEntry, StreamIdentity } from "../../checkpoint/checkpoint.ts";
import {
  coveredBytes,
  FINGERPRINT_BYTES,
  fingerprintOf,
  matchesFingerprint,
} from "../../checkpoint/fingerprint.ts";

/** How long the text of a file that went away may turn up again elsewhere, milliseconds. */
const DEPARTED_MS = 10 * 60_000;
/** Departed streams remembered at most. */
const MAX_DEPARTED = 256;

/** A file's inode and the beginning of its text. */
export interface FileHead {
  readonly dev: bigint;
  readonly ino: bigint;
  /** The first bytes of the (decompressed) text, up to {@link FINGERPRINT_BYTES}. */
  readonly head: Uint8Array;
}

/** Where a known stream goes on. */
export interface Resumption {
  readonly stream: number;
  /** Bytes of the text to pass over. */
  readonly position: number;
  /** Whether everything had been read when the stream was last seen: nothing is left in a copy. */
  readonly isComplete: boolean;
}

/** A stream whose file was truncated or is gone. */
interface Departed extends Resumption, FileHead {
  readonly at: number;
}

/** The streams of one source. */
export class StreamLedger {
  readonly #checkpoint: Checkpoint;
  /** Streams of an earlier run. */
  readonly #earlier: CheckpointEntry[];
  #departed: Departed[] = [];

  constructor(checkpoint: Checkpoint) {
    this.#checkpoint = checkpoint;
    this.#earlier = checkpoint.entries();
  }

  /** Whether an earlier run of the agent has recorded its files. */
  get hasHistory(): boolean {
    return this.#checkpoint.wasUsed;
  }

  /**
   * The stream of an earlier run that this very inode belonged to, if its text is the same still.
   * @param size Bytes of text: one that is shorter than what was read of it is another.
   */
  resumeInode(file: FileHead, size: number): Resumption | undefined {
    const index = this.#earlier.findIndex(
      (entry) =>
        entry.ino === file.ino &&
        entry.dev === file.dev &&
        entry.position <= size &&
        matchesFingerprint(entry.fingerprint, file.head),
    );
    return this.#claim(index, file);
  }

  /**
   * The stream whose text this file holds, though its inode is another: rotated by copying, compressed, or moved
   * to another file system. It belongs to this inode from now on.
   */
  resumeText(file: FileHead, size: number): Resumption | undefined {
    const index = this.#earlier.findIndex(
      (entry) =>
        coveredBytes(entry.fingerprint) > 0 &&
        entry.position <= size &&
        matchesFingerprint(entry.fingerprint, file.head),
    );
    return this.#resumeDeparted(file) ?? this.#claim(index, file);
  }

  /** Begins a stream that nobody knew. @returns Its number, -1 when the checkpoint has no room. */
  begin(file: FileHead, position: number): number {
    const identity: StreamIdentity = { dev: file.dev, ino: file.ino, fingerprint: fingerprintOf(file.head) };
    return this.#checkpoint.slotFor(identity, position);
  }

  /** Records a longer head of the stream's text. */
  extend(stream: number, head: Uint8Array): void {
    this.#checkpoint.setFingerprint(stream, fingerprintOf(head));
  }

  /** Says that the stream's file is gone, or holds other text now. Its copy may turn up for some time. */
  depart(stream: Resumption, file: FileHead): void {
    const { dev, ino, head } = file;
    this.#departed.push({ ...stream, dev, ino, head, at: performance.now() });
    if (this.#departed.length > MAX_DEPARTED) this.#release(this.#departed.shift());
  }

  /** Forgets what departed long ago. */
  expire(now = performance.now()): void {
    while (this.#departed[0] !== undefined && this.#departed[0].at + DEPARTED_MS < now) {
      this.#release(this.#departed.shift());
    }
  }

  /** Notes that these streams' files are still there. */
  touch(streams: Iterable<number>): void {
    for (const stream of streams) this.#checkpoint.touch(stream);
  }

  #release(departed: Departed | undefined): void {
    if (departed !== undefined) this.#checkpoint.release(departed.stream);
  }

  #claim(index: number, file: FileHead): Resumption | undefined {
    const entry = this.#earlier[index];
    if (entry === undefined) return undefined;
    this.#earlier.splice(index, 1);
    if (this.#checkpoint.isAdopted(entry.stream)) return undefined;
    this.#checkpoint.reassign(entry.stream, file.dev, file.ino);
    this.extend(entry.stream, file.head);
    return { stream: entry.stream, position: this.#checkpoint.position(entry.stream), isComplete: false };
  }

  #resumeDeparted(file: FileHead): Resumption | undefined {
    // A file that was truncated and holds the same text again holds it to be read again: it is no copy of itself.
    const index = this.#departed.findIndex(
      (departed) =>
        (departed.ino !== file.ino || departed.dev !== file.dev) && sharesHead(departed.head, file.head),
    );
    const departed = this.#departed[index];
    if (departed === undefined) return undefined;
    this.#departed.splice(index, 1);
    this.#checkpoint.reassign(departed.stream, file.dev, file.ino);
    return departed;
  }
}

/** Whether one text can be a copy of the other, going by how both begin. A copy under way may be the shorter one. */
export function sharesHead(a: Uint8Array, b: Uint8Array): boolean {
  const length = Math.min(a.length, b.length, FINGERPRINT_BYTES);
  return length > 0 && Buffer.compare(a.subarray(0, length), b.subarray(0, length)) === 0;
}
