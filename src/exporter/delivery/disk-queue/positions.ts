/** @module How far each stream is in a queue on disk, as its records say. */
import type { LineView } from "../../../event/batch.ts";

const ENTRY_BYTES = 16;
/** More streams than a checkpoint has slots. */
const MAX_STREAMS = 65_536;

/** Positions of the streams of one checkpoint. */
export class QueuePositions {
  /** Of streams of earlier runs that may come again. */
  readonly #resumed = new Map<number, number>();
  readonly #all = new Map<number, number>();

  get size(): number {
    return this.#all.size;
  }

  /** Takes note that everything of the stream up to `position` is in the queue. */
  set(stream: number, position: number): void {
    if (stream < 0) return;
    // The last one to be set is the last one to be forgotten.
    this.#all.delete(stream);
    this.#all.set(stream, position);
    if (this.#all.size > MAX_STREAMS) this.#all.delete(this.#all.keys().next().value!);
  }

  /** Takes positions of streams that it has none of. */
  addOlder(older: QueuePositions): void {
    for (const [stream, position] of older.#all) if (!this.#all.has(stream)) this.set(stream, position);
  }

  /** What was set so far is of an earlier run. */
  resume(): ReadonlyMap<number, number> {
    for (const [stream, position] of this.#all) this.#resumed.set(stream, position);
    return this.#resumed;
  }

  /** Whether line `i` is in the queue since an earlier run. */
  has(lines: LineView, i: number): boolean {
    if (this.#resumed.size === 0) return false;
    const stream = lines.streamAt(i);
    const position = this.#resumed.get(stream);
    if (position === undefined) return false;
    if (lines.positionAt(i) <= position) return true;
    this.#resumed.delete(stream);
    return false;
  }

  /** Bytes that {@link write} takes. */
  get bytes(): number {
    return this.#all.size * ENTRY_BYTES;
  }

  /** Writes them to `target`, from `at` on. */
  write(target: Buffer, at: number): void {
    let to = at;
    for (const [stream, position] of this.#all) {
      target.writeInt32LE(stream, to);
      target.writeInt32LE(0, to + 4);
      target.writeDoubleLE(position, to + 8);
      to += ENTRY_BYTES;
    }
  }

  /** Takes what {@link write} wrote. */
  read(bytes: Buffer): void {
    for (let at = 0; at + ENTRY_BYTES <= bytes.length; at += ENTRY_BYTES)
      this.set(bytes.readInt32LE(at), bytes.readDoubleLE(at + 8));
  }
}
