/** @module Which stream had each path last: a new file there means that the one before was rotated away, or overwritten. */
import { resolve } from "node:path";
import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import type { CheckpointEntry } from "../../checkpoint/stream.ts";

/** Home of a stream that has none: its file was rotated away. */
const NOWHERE = 0n;

/** The paths of one source, over all runs. */
export class Homes {
  readonly #checkpoint: Checkpoint;
  readonly #streams = new Map<bigint, number>();
  readonly #homes = new Map<number, bigint>();

  /** @param entries All that the checkpoint knows. */
  constructor(checkpoint: Checkpoint, entries: readonly CheckpointEntry[]) {
    this.#checkpoint = checkpoint;
    for (const { stream, home } of entries) if (home !== NOWHERE) this.#put(stream, home);
  }

  /** A new stream has the path. @returns The one that had it until now. */
  take(path: string, stream: number): number | undefined {
    const home = Bun.hash.xxHash64(resolve(path));
    const before = this.#streams.get(home);
    if (before !== undefined) this.leave(before);
    this.#put(stream, home);
    this.#checkpoint.note(stream, "home", home);
    return before;
  }

  /** The stream's file is not at its path any more, and what became of it is known. */
  leave(stream: number): void {
    const home = this.#homes.get(stream);
    if (home === undefined) return;
    this.#homes.delete(stream);
    this.#streams.delete(home);
    this.#checkpoint.note(stream, "home", NOWHERE);
  }

  #put(stream: number, home: bigint): void {
    this.#streams.set(home, stream);
    this.#homes.set(stream, home);
  }
}
