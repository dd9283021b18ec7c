/**
 * @module How far each stream has been exported, exact to the datagram, even when the agent is killed.
 *
 * The memory is a shared mapping of a file, so that each store survives the process the moment it is done: no write, no
 * fsync, nothing to flush. (After a power failure the file is as old as its last write-back, and events since then are sent
 * again.) What a kill leaves behind: see `inflight.ts`. A copy in memory of our own is what is read, so that nothing is lost
 * with a file that somebody else cuts short.
 *
 * A stream's number names its slot and the slot's generation: lines that still wait in a queue when their file's
 * slot has gone to another file cannot move that file's position.
 */

import { addressOf } from "../os/address.ts";
import { TetradError } from "../os/error.ts";
import { fs } from "../os/fs.ts";
import { areSlotsSound, lastTurn } from "./contents.ts";
import type { CheckpointFile } from "./file.ts";
import { Inflight } from "./inflight.ts";
import {
  CHECKPOINT_BYTES,
  type CheckpointViews,
  DEVICE,
  FINGERPRINT,
  HOME,
  INODE,
  LAST_SEEN,
  MARK,
  MAX_SLOT_COUNT,
  NOTES,
  nextState,
  POSITION,
  SLOT_QUADS,
  SLOT_WORDS,
  slotOf,
  streamAt,
  USED_WORD,
} from "./layout.ts";
import { NO_MARK } from "./mark.ts";
import { CheckpointMemory, fileSupport } from "./memory.ts";
import type { CheckpointEntry, StreamIdentity } from "./stream.ts";
import { VacantSlots } from "./vacant-slots.ts";

/** Stream number of what no slot follows. */
const NO_STREAM = -1;

/**
 * The positions of up to 65,536 streams and the datagrams in flight. What is remembered is forgotten only where the room is
 * needed, what was not seen for longest first; no clock has a say in that.
 */
export class Checkpoint implements Disposable {
  /** The datagrams of the system call under way. */
  readonly inflight: Inflight;
  /** Whether an earlier run of the agent has used this checkpoint: then files that it does not know are new. */
  readonly wasUsed: boolean;
  /** Files that lost their slot to another, or got none, because all slots were taken. */
  evictions = 0;
  readonly #memory: CheckpointMemory;
  readonly #vacant = new VacantSlots({
    isUsed: (slot) => this.#isUsed(slot),
    isHeld: (slot) => this.#held.has(slot),
    lastSeen: (slot) => this.#views.slotFloats[slot * SLOT_QUADS + LAST_SEEN]!,
  });
  /** Counts what is seen, over all runs. */
  #turn = 0;
  /** Whether there was no room on the disk for more. */
  #isStuck = false;
  /** Slots that this process reads for; others are left from an earlier run. */
  readonly #held = new Set<number>();
  #file: CheckpointFile | undefined;

  private constructor(mapped: Uint8Array<ArrayBuffer>, file?: CheckpointFile) {
    this.#memory = new CheckpointMemory(mapped, { isFile: file !== undefined });
    this.#file = file;
    this.#vacant.extend(this.#views.slotCount);
    // Memory of our own is empty.
    this.#turn = file === undefined ? 0 : lastTurn(this.#views);
    this.wasUsed = this.#views.header[USED_WORD] === 1;
    this.inflight = new Inflight(this.#memory.mapped, addressOf(mapped), this);
  }

  /**
   * Opens the file at `path`, makes it when it is missing, and recovers what an earlier run left in flight. Directory
   * mode 0700, file mode 0600; one process at a time.
   * @param user Number of the user that the agent will change to: trusted like its own.
   * @throws TetradError, naming `--checkpoint-file`, when the file is no sound checkpoint, can be written by another user,
   * cannot be written by us, or is held by another agent.
   */
  static open(path: string, user?: number): Checkpoint {
    const { cannotUse, openCheckpointFile } = fileSupport();
    const file = openCheckpointFile(path, user);
    const checkpoint = new Checkpoint(file.memory, file);
    if (!checkpoint.inflight.isSound() || !areSlotsSound(checkpoint.#views)) {
      checkpoint.close();
      throw new TetradError("config", `${cannotUse(path)}: contents are corrupt, needs a new file`);
    }
    checkpoint.inflight.recover();
    checkpoint.#memory.settle();
    return checkpoint;
  }

  /** In memory alone, for an agent without `--checkpoint-file`: one code path for both. */
  static anonymous(): Checkpoint {
    return new Checkpoint(new Uint8Array(CHECKPOINT_BYTES));
  }

  /** Whether there is a file that {@link keep} looks after. */
  get hasFile(): boolean {
    return this.#file !== undefined;
  }

  /** A number that no other checkpoint has: numbers of streams mean something together with it. */
  get identity(): bigint {
    return this.#memory.identity;
  }

  /** Says that the files of a first start have been recorded: from the next start on, an unknown file is a new one. */
  markUsed(): void {
    this.#memory.markUsed();
  }

  /** All streams that have a slot. */
  entries(): CheckpointEntry[] {
    const { slotIntegers, slotFloats, slotCount } = this.#views;
    const entries: CheckpointEntry[] = [];
    for (let slot = 0; slot < slotCount; slot++) {
      if (!this.#isUsed(slot)) continue;
      const quad = slot * SLOT_QUADS;
      entries.push({
        stream: this.#streamOf(slot),
        dev: slotIntegers[quad + DEVICE]!,
        ino: slotIntegers[quad + INODE]!,
        fingerprint: slotIntegers[quad + FINGERPRINT]!,
        position: slotFloats[quad + POSITION]!,
        mark: slotIntegers[quad + MARK]!,
        home: slotIntegers[quad + HOME]!,
      });
    }
    return entries;
  }

  /**
   * Gives a stream a slot: a free one, else the one that was not seen for longest (see {@link evictions}).
   * @param position Bytes of the stream that count as exported already.
   * @returns The stream's number, or -1 when this process reads from as many files as there are slots.
   */
  slotFor(identity: StreamIdentity, position: number): number {
    const slot = this.#vacantSlot();
    if (slot === -1) return NO_STREAM;
    const quad = slot * SLOT_QUADS;
    this.#memory.putInteger(quad + DEVICE, identity.dev);
    this.#memory.putInteger(quad + INODE, identity.ino);
    this.#memory.putInteger(quad + FINGERPRINT, identity.fingerprint);
    this.#memory.putInteger(quad + MARK, NO_MARK);
    this.#memory.putInteger(quad + HOME, 0n);
    this.#memory.putFloat(quad + POSITION, position);
    this.#memory.putFloat(quad + LAST_SEEN, ++this.#turn);
    // Published last: a kill before this leaves a free slot with meaningless contents.
    this.#memory.putState(slot, nextState(this.#views.slotWords[slot * SLOT_WORDS]!));
    this.#held.add(slot);
    return this.#streamOf(slot);
  }

  /** Takes over a stream of {@link entries}: its slot is not given to another while this process lives. */
  adopt(stream: number): void {
    const slot = this.#slotOf(stream);
    if (slot === -1) return;
    this.#held.add(slot);
    this.touch(stream);
  }

  /** Whether this process reads for the stream. */
  isAdopted(stream: number): boolean {
    const slot = this.#slotOf(stream);
    return slot !== -1 && this.#held.has(slot);
  }

  /** Gives the stream to another inode with the same text: a copy, or the file compressed. What is under way still counts. */
  reassign(stream: number, dev: bigint, ino: bigint): void {
    const slot = this.#slotOf(stream);
    if (slot === -1) return;
    this.#memory.putInteger(slot * SLOT_QUADS + DEVICE, dev);
    this.#memory.putInteger(slot * SLOT_QUADS + INODE, ino);
    this.adopt(stream);
  }

  /** Notes that the stream's file is still there. */
  touch(stream: number): void {
    const slot = this.#slotOf(stream);
    if (slot !== -1) this.#memory.putFloat(slot * SLOT_QUADS + LAST_SEEN, ++this.#turn);
  }

  /** Notes something else that the stream's file is known by. */
  note(stream: number, what: keyof typeof NOTES, value: bigint): void {
    const slot = this.#slotOf(stream);
    if (slot !== -1) this.#memory.putInteger(slot * SLOT_QUADS + NOTES[what], value);
  }

  /** Records that the stream has been exported up to `position`. Nothing happens when it has no slot any more. */
  commitPosition(stream: number, position: number): void {
    const slot = this.#slotOf(stream);
    if (slot !== -1) this.#memory.putFloat(slot * SLOT_QUADS + POSITION, position);
  }

  /** Bytes of the stream that have been exported; 0 when it has no slot. */
  position(stream: number): number {
    const slot = this.#slotOf(stream);
    return slot === -1 ? 0 : this.#views.slotFloats[slot * SLOT_QUADS + POSITION]!;
  }

  /** Gives the stream's slot back. Its number is dead from then on. */
  release(stream: number): void {
    const slot = this.#slotOf(stream);
    if (slot === -1) return;
    this.#held.delete(slot);
    this.#memory.putState(slot, this.#views.slotWords[slot * SLOT_WORDS]! & ~1);
    this.#vacant.give(slot);
  }

  /** Lets another stream have the slot when all are taken: nobody reads for this one now, but its file may come back. */
  abandon(stream: number): void {
    const slot = this.#slotOf(stream);
    if (slot !== -1) this.#held.delete(slot);
  }

  /**
   * Looks after the file; to be called about once a second. One that was cut short is made whole again, with all positions;
   * only a kill before that finds it cut short. @returns Whether it had been.
   * @throws The system's error when it cannot be made whole again; until that succeeds, positions are in memory alone.
   */
  keep(): boolean {
    return this.#file !== undefined && this.#memory.keep(this.#file.fd);
  }

  /** Lets another process have the file. Idempotent; later stores are still legal, and of no use. */
  close(): void {
    const file = this.#file;
    this.#file = undefined;
    if (file === undefined) return;
    this.#memory.release();
    file.release();
    fs().closeSync(file.fd);
  }

  /** Closes, and removes the file where this run has made it: nothing came of the run. */
  discard(): void {
    const file = this.#file;
    this.close();
    file?.undo();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  get #views(): CheckpointViews {
    return this.#memory.views;
  }

  #isUsed(slot: number): boolean {
    return (this.#views.slotWords[slot * SLOT_WORDS]! & 1) === 1;
  }

  #streamOf(slot: number): number {
    return streamAt(slot, this.#views.slotWords[slot * SLOT_WORDS]!);
  }

  /** The stream's slot; -1 when it is not in use or has another generation. */
  #slotOf(stream: number): number {
    if (stream < 0) return -1;
    const slot = slotOf(stream);
    if (slot >= this.#views.slotCount || !this.#isUsed(slot)) return -1;
    return this.#streamOf(slot) === stream ? slot : -1;
  }

  #vacantSlot(): number {
    let free = this.#vacant.take();
    if (free === -1 && this.#grow()) free = this.#vacant.take();
    if (free !== -1) return free;
    this.evictions++;
    const oldest = this.#vacant.oldest(this.#views.slotCount);
    if (oldest === -1) return -1;
    // Free before it is filled again: a kill in between must not leave one file's name on another's position.
    this.release(this.#streamOf(oldest));
    return this.#vacant.take();
  }

  /** Doubles the number of slots, as far as there may be more and the disk has room. */
  #grow(): boolean {
    const { slotCount } = this.#views;
    if (slotCount >= MAX_SLOT_COUNT || this.#isStuck) return false;
    try {
      this.#memory.extend(slotCount * 2, this.#file?.fd);
    } catch {
      this.#isStuck = true;
      return false;
    }
    this.#vacant.extend(this.#views.slotCount);
    return true;
  }
}
