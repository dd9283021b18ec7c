/**
 * @module Decides where reading a file begins: which stream of the checkpoint it continues, under whatever name and
 * inode it comes, or that it is a new one.
 */
import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import { FINGERPRINT_BYTES, fingerprintOf } from "../../checkpoint/fingerprint.ts";
import { type Mark, NO_MARK } from "../../checkpoint/mark.ts";
import type { CheckpointEntry, StreamIdentity } from "../../checkpoint/stream.ts";
import { Homes } from "./homes.ts";
import { type FileHead, KnownStreams, type TextBehind } from "./known-streams.ts";
import type { Rotation } from "./surroundings.ts";

/** How long the text of a file that went away may turn up again elsewhere, milliseconds. */
const DEPARTED_MS = 10 * 60_000;
/** Departed streams whose text is looked for at most; further ones are found by their inode. */
const MAX_DEPARTED = 256;

/** What became of the file of a stream that departed. */
export type Fate =
  /** It holds other text now. */
  | "truncated"
  /** No name leads to it, and none will. */
  | "deleted"
  /** No name that is known leads to it, which may change: a directory that is not mounted, a rename. */
  | "out of sight";

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
  readonly fate: Fate;
  readonly at: number;
}

/** A file that begins a stream. */
interface NewFile extends FileHead {
  readonly path: string;
  readonly rotatedFrom: Rotation | undefined;
}

/** What a {@link StreamLedger} asks, and says. */
export interface LedgerSettings {
  /** The path, where a file's name does not say that it was rotated away from another path of the source. */
  homeOf(path: string): string | undefined;
  /** Called when the file that an earlier run has read at `path` is gone, with what may not have been read of it. */
  onMissed(path: string): void;
}

/** The streams of one source. */
export class StreamLedger {
  readonly #checkpoint: Checkpoint;
  /** Streams of an earlier run, and those of this one whose file has been out of sight for long. */
  readonly #known: KnownStreams;
  readonly #homes: Homes;
  readonly #settings: LedgerSettings;
  #departed: Departed[] = [];

  constructor(checkpoint: Checkpoint, settings: LedgerSettings) {
    this.#checkpoint = checkpoint;
    this.#settings = settings;
    const entries = checkpoint.entries();
    this.#known = new KnownStreams(entries.filter(({ stream }) => !checkpoint.isAdopted(stream)));
    this.#homes = new Homes(checkpoint, entries);
  }

  /** Whether an earlier run of the agent has recorded its files. */
  get hasHistory(): boolean {
    return this.#checkpoint.wasUsed;
  }

  /**
   * The stream of an earlier run, or of a file that was out of sight, that this very inode belonged to, if its text is the
   * same still.
   */
  resumeInode(file: FileHead, text: TextBehind): Resumption | undefined {
    const back = this.#takeDeparted(
      (departed) =>
        departed.fate === "out of sight" &&
        isSameInode(departed, file) &&
        departed.position <= text.size &&
        beginsWith(file.head, departed.head),
    );
    if (back !== undefined) return this.#return(back, file);
    return this.#claim(this.#known.ofInode(file, text), file);
  }

  /**
   * The stream whose text this file holds, though its inode is another: rotated by copying, compressed, or moved
   * to another file system. It belongs to this inode from now on.
   */
  resumeText(file: FileHead, text: TextBehind): Resumption | undefined {
    // A file that was truncated and holds the same text again holds it to be read again: it is no copy of itself.
    const original = this.#takeDeparted(
      (departed) => !isSameInode(departed, file) && sharesHead(departed.head, file.head),
    );
    if (original !== undefined) return this.#return(original, file);
    return this.#claim(this.#known.ofText(file, text), file);
  }

  /** Begins a stream that nobody knew. @returns Its number, -1 when the checkpoint has no room. */
  begin(file: NewFile, position: number): number {
    const identity: StreamIdentity = { dev: file.dev, ino: file.ino, fingerprint: fingerprintOf(file.head) };
    const stream = this.#checkpoint.slotFor(identity, position);
    if (this.#checkpoint.hasFile && stream >= 0) this.#move(file, stream);
    return stream;
  }

  /** What was at the path before is missed when an earlier run has read it, and it has not been found. */
  #move({ path, rotatedFrom }: NewFile, stream: number): void {
    const home = rotatedFrom?.path ?? this.#settings.homeOf(path);
    if (home === undefined) return;
    const before = this.#homes.take(home, stream);
    if (before === undefined || !this.#known.has(before) || this.#checkpoint.isAdopted(before)) return;
    this.#settings.onMissed(home);
  }

  /** Notes what stands before the place up to which the stream was read. */
  mark(stream: number, mark: Mark): void {
    this.#checkpoint.note(stream, "mark", mark);
  }

  /** Records a longer head of the stream's text. */
  extend(stream: number, head: Uint8Array): void {
    this.#checkpoint.note(stream, "fingerprint", fingerprintOf(head));
  }

  /** Says that the stream's file is gone, or holds other text now. Its copy may turn up for some time. */
  depart(stream: Resumption, file: FileHead, fate: Fate): void {
    const { dev, ino, head } = file;
    this.#homes.leave(stream.stream);
    this.#departed.push({ ...stream, dev, ino, head, fate, at: performance.now() });
    if (this.#departed.length > MAX_DEPARTED) this.#giveUp(this.#departed.shift()!);
  }

  /** Looks no longer for copies of what departed long ago. */
  expire(now = performance.now()): void {
    while (this.#departed[0] !== undefined && this.#departed[0].at + DEPARTED_MS < now) {
      this.#giveUp(this.#departed.shift()!);
    }
  }

  /** Notes that these streams' files are still there. */
  touch(streams: Iterable<number>): void {
    for (const stream of streams) this.#checkpoint.touch(stream);
  }

  /** What may come back is remembered as long as the checkpoint has room. */
  #giveUp({ stream, position, dev, ino, head, fate }: Departed): void {
    if (fate !== "out of sight") {
      this.#checkpoint.release(stream);
      return;
    }
    this.#checkpoint.abandon(stream);
    const fingerprint = fingerprintOf(head);
    this.#known.add({ stream, position, dev, ino, fingerprint, mark: NO_MARK, home: 0n });
  }

  #takeDeparted(matches: (departed: Departed) => boolean): Departed | undefined {
    const index = this.#departed.findIndex(matches);
    return index === -1 ? undefined : this.#departed.splice(index, 1)[0];
  }

  #return(departed: Departed, file: FileHead): Resumption {
    this.#checkpoint.reassign(departed.stream, file.dev, file.ino);
    return departed;
  }

  #claim(entry: CheckpointEntry | undefined, file: FileHead): Resumption | undefined {
    if (entry === undefined) return undefined;
    this.#known.remove(entry);
    if (this.#checkpoint.isAdopted(entry.stream)) return undefined;
    this.#checkpoint.reassign(entry.stream, file.dev, file.ino);
    this.extend(entry.stream, file.head);
    return { stream: entry.stream, position: this.#checkpoint.position(entry.stream), isComplete: false };
  }
}

function isSameInode(a: FileHead, b: FileHead): boolean {
  return a.ino === b.ino && a.dev === b.dev;
}

function beginsWith(text: Uint8Array, head: Uint8Array): boolean {
  return text.length >= head.length && Buffer.compare(text.subarray(0, head.length), head) === 0;
}

/** Whether one text can be a copy of the other, going by how both begin. A copy under way may be the shorter one. */
export function sharesHead(a: Uint8Array, b: Uint8Array): boolean {
  const length = Math.min(a.length, b.length, FINGERPRINT_BYTES);
  return length > 0 && Buffer.compare(a.subarray(0, length), b.subarray(0, length)) === 0;
}
