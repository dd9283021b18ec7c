/** @module Streams that a checkpoint knows and nobody reads now, found by inode or by text, however many there are. */
import { coveredBytes, fingerprintOf, matchesFingerprint } from "../../checkpoint/fingerprint.ts";
import type { Mark } from "../../checkpoint/mark.ts";
import type { CheckpointEntry } from "../../checkpoint/stream.ts";
import { inodeKey } from "../stat.ts";

/** A file's inode and the beginning of its text. */
export interface FileHead {
  readonly dev: bigint;
  readonly ino: bigint;
  /** The first bytes of the (decompressed) text, up to `FINGERPRINT_BYTES`. */
  readonly head: Uint8Array;
}

/** What is known of a file's text behind its beginning. */
export interface TextBehind {
  /** Bytes of text: one that is shorter than what was read of it is another. */
  readonly size: number;
  /** Whether the text before the marked position is that of the mark. */
  holds(mark: Mark): boolean;
}

/** An index over entries of the checkpoint. */
export class KnownStreams {
  /** Inodes are used again: several streams can have had one. */
  readonly #byInode = new Map<string, CheckpointEntry[]>();
  readonly #byText = new Map<bigint, CheckpointEntry[]>();
  /** How many entries have a fingerprint of so many bytes. */
  readonly #lengths = new Map<number, number>();
  readonly #streams = new Set<number>();

  constructor(entries: Iterable<CheckpointEntry>) {
    for (const entry of entries) this.add(entry);
  }

  has(stream: number): boolean {
    return this.#streams.has(stream);
  }

  add(entry: CheckpointEntry): void {
    this.#streams.add(entry.stream);
    insert(this.#byInode, inodeKey(entry), entry);
    const length = coveredBytes(entry.fingerprint);
    if (length === 0) return;
    insert(this.#byText, entry.fingerprint, entry);
    this.#lengths.set(length, (this.#lengths.get(length) ?? 0) + 1);
  }

  /** @param entry One that was added. */
  remove(entry: CheckpointEntry): void {
    this.#streams.delete(entry.stream);
    take(this.#byInode, inodeKey(entry), entry);
    const length = coveredBytes(entry.fingerprint);
    if (length === 0) return;
    take(this.#byText, entry.fingerprint, entry);
    const count = this.#lengths.get(length)! - 1;
    if (count === 0) this.#lengths.delete(length);
    else this.#lengths.set(length, count);
  }

  /**
   * The stream of this very inode, if its text is the same still.
   */
  ofInode(file: FileHead, text: TextBehind): CheckpointEntry | undefined {
    return this.#byInode
      .get(inodeKey(file))
      ?.find((entry) => matchesFingerprint(entry.fingerprint, file.head) && goesOn(text, entry));
  }

  /** The stream whose text the file holds. */
  ofText({ head }: FileHead, text: TextBehind): CheckpointEntry | undefined {
    for (const length of this.#lengths.keys()) {
      if (length > head.length) continue;
      const same = this.#byText.get(fingerprintOf(head.subarray(0, length)));
      const entry = same?.find((known) => goesOn(text, known));
      if (entry !== undefined) return entry;
    }
    return undefined;
  }
}

/** Whether the text can be that of the entry, as far as that was read. */
function goesOn(text: TextBehind, { position, mark }: CheckpointEntry): boolean {
  return position <= text.size && text.holds(mark);
}

function insert<K>(index: Map<K, CheckpointEntry[]>, key: K, entry: CheckpointEntry): void {
  const entries = index.get(key);
  if (entries === undefined) index.set(key, [entry]);
  else entries.push(entry);
}

function take<K>(index: Map<K, CheckpointEntry[]>, key: K, entry: CheckpointEntry): void {
  const left = index.get(key)?.filter((other) => other !== entry) ?? [];
  if (left.length === 0) index.delete(key);
  else index.set(key, left);
}
