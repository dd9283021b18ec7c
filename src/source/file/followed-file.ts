/** @module One regular file that is followed: an inode, whatever its name is. */
import * as fs from "node:fs";
import { FINGERPRINT_BYTES } from "../../checkpoint/fingerprint.ts";
import { MARK_BYTES, type Mark, markedPosition, markOf, NO_MARK } from "../../checkpoint/mark.ts";
import { LineCursor } from "../line-cursor.ts";
import { inodeKey, statOf } from "../stat.ts";
import type { ArchiveFile } from "./archive-file.ts";
import type { Drainable } from "./drainable.ts";
import type { Rotation } from "./surroundings.ts";

/** Reused for each look at a file's beginning. */
const headBuffer = new Uint8Array(FINGERPRINT_BYTES);

/** Reused for each look at what stands before a position. */
const tailBuffer = new Uint8Array(MARK_BYTES);

/** A file, how far it was read, and what is known about its fate. Owns the descriptor. */
export class FollowedFile implements Disposable, Drainable {
  readonly dev: bigint;
  readonly ino: bigint;
  /** Time of the last change when it was met, nanoseconds since 1970. */
  readonly mtimeNs: bigint;
  /** The name it was last seen under. */
  path: string;
  cursor = new LineCursor();
  /** How the text begins, as far as it is there, up to 1024 bytes: what distinguishes it from other text in its place. */
  head: Uint8Array = new Uint8Array(0);
  /** Whether it is known which stream this is and where it begins. */
  isPlaced = false;
  /** The followed file that this one begins like: perhaps a copy, made to truncate the original. */
  original: FollowedFile | undefined;
  /** Looks to go before {@link original} is taken for a coincidence. */
  patience = 0;
  /** Whether it may hold bytes that were not read. */
  hasMore = true;
  /** Whether its end was reached, and nothing forced another look since. */
  isDrained = false;
  /** Whether it could not be read the last time. */
  hasFailed = false;
  /** What it holds instead of text, when it was not read because of that. */
  refusedAs: string | undefined;
  /** What it was before it was rotated away, when the glob does not name it. */
  rotatedFrom: Rotation | undefined;
  /** Read only after this one. */
  after: Drainable | undefined;
  /** The file that held this stream before: its unfinished container log lines go on here. */
  predecessor: FollowedFile | ArchiveFile | undefined;
  /** Whether no name leads to it any more. */
  isGone = false;
  /** Whether, when its last name went, it was not read to its end. */
  isCutShort = false;
  /** Whether another file has taken its name. */
  isReplaced = false;
  /** Looks in a row at which it was gone and had not grown. */
  quietLooks = 0;
  #fd = -1;
  /** What stood before the place up to which it was read last. */
  mark: Mark = NO_MARK;

  constructor(path: string, stat: fs.BigIntStats) {
    this.path = path;
    this.mtimeNs = stat.mtimeNs;
    this.dev = stat.dev;
    this.ino = stat.ino;
  }

  get key(): string {
    return inodeKey(this);
  }

  get isOpen(): boolean {
    return this.#fd !== -1;
  }

  /** Whether it can be read now. */
  get isReady(): boolean {
    return this.hasMore && this.patience === 0 && (this.after === undefined || this.after.isDrained);
  }

  /**
   * Opens the file by its name.
   * @returns Whether the name still leads to this inode.
   * @throws The system's error when the name leads nowhere or must not be read.
   */
  open(): boolean {
    if (this.isOpen) return true;
    const fd = fs.openSync(this.path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    const { dev, ino } = fs.fstatSync(fd, { bigint: true });
    if (dev !== this.dev || ino !== this.ino) {
      fs.closeSync(fd);
      return false;
    }
    this.#fd = fd;
    return true;
  }

  close(): void {
    if (this.isOpen) fs.closeSync(this.#fd);
    this.#fd = -1;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Reads into `into` from byte `position`. @returns How many bytes there were; 0 at the end. */
  read(into: Uint8Array, position: number): number {
    return fs.readSync(this.#fd, into, 0, into.length, position);
  }

  /** What the system knows of the open file; `undefined` when it is not open. */
  stat(): fs.BigIntStats | undefined {
    return this.isOpen ? fs.fstatSync(this.#fd, { bigint: true }) : undefined;
  }

  /** Bytes in the file now; 0 when it is neither open nor found. */
  get size(): number {
    return Number((this.stat() ?? statOf(this.path))?.size ?? 0n);
  }

  /**
   * Looks at the beginning again.
   * @returns What became of it: the same text, more of the same text, or other text (the file was truncated).
   */
  checkHead(): "same" | "longer" | "other" {
    const length = this.read(headBuffer, 0);
    const known = this.head.length;
    if (length < known) return "other";
    if (Buffer.compare(headBuffer.subarray(0, known), this.head) !== 0) return "other";
    if (length === known) return "same";
    this.head = headBuffer.slice(0, length);
    return "longer";
  }

  /** Notes what stands before the position, for {@link hasSameTail}. */
  noteTail(): void {
    const { position } = this.cursor;
    if (markedPosition(this.mark) !== position) this.mark = markOf(this.#textBefore(position), position);
  }

  /**
   * Whether the same text stands before the position. When not, the file was truncated and has grown beyond it, and begins
   * as before: a log whose first lines are always the same.
   */
  hasSameTail(): boolean {
    return markedPosition(this.mark) !== this.cursor.position || this.holds(this.mark);
  }

  /** Whether the text before the marked position is that of the mark, or was lost with the power, which leaves NUL bytes. */
  holds(mark: Mark): boolean {
    const position = markedPosition(mark);
    if (position === 0) return true;
    const text = this.#textBefore(position);
    if (markOf(text, position) === mark) return true;
    return text.length === Math.min(position, MARK_BYTES) && text.every((byte) => byte === 0);
  }

  #textBefore(position: number): Uint8Array {
    const start = Math.max(0, position - MARK_BYTES);
    return tailBuffer.subarray(0, this.read(tailBuffer.subarray(0, position - start), start));
  }

  /** Begins anew: the inode holds other text now. */
  restart(): void {
    const { joiner } = this.cursor;
    this.cursor = new LineCursor();
    // What was cut in two may go on here.
    this.cursor.joiner = joiner;
    this.head = new Uint8Array(0);
    this.mark = NO_MARK;
    this.isPlaced = false;
    this.hasMore = true;
    this.isDrained = false;
    this.quietLooks = 0;
  }
}
