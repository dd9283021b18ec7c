/** @module Positions of a queue on disk: committed once what they stand for has reached the disk, so that a power failure takes nothing that is not read again. */
import type { DiskQueue } from "./disk-queue/index.ts";
import type { Positions } from "./ledger.ts";

/** Positions that wait for the disk. */
export class SyncedPositions implements Positions {
  readonly #disk: DiskQueue;
  readonly #positions: Positions | undefined;
  #waiting = new Map<number, number>();
  #timer: ReturnType<typeof setInterval> | undefined;
  #flushing: Promise<void> | undefined;

  constructor(disk: DiskQueue, positions: Positions | undefined) {
    this.#disk = disk;
    this.#positions = positions;
  }

  /** @param intervalMs How often what was appended is brought to the disk. */
  start(intervalMs: number): void {
    this.#timer = setInterval(() => void this.flush(), intervalMs);
    this.#timer.unref();
  }

  commitPosition(stream: number, position: number): void {
    this.#waiting.set(stream, position);
  }

  passOver(stream: number, position: number): void {
    this.#positions?.passOver?.(stream, position);
  }

  /** Brings what was appended to the disk. One call at a time does. */
  flush(): Promise<void> {
    this.#flushing ??= this.#flush().finally(() => {
      this.#flushing = undefined;
    });
    return this.#flushing;
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#flushing;
    await this.flush();
  }

  async #flush(): Promise<void> {
    const positions = this.#waiting;
    this.#waiting = new Map();
    await this.#disk.sync();
    for (const [stream, position] of positions) this.#positions?.commitPosition(stream, position);
  }
}
