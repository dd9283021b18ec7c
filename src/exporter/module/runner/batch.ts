/** @module The events of one batch, as a module sees them. */
import { readSync } from "node:fs";
import type { BatchMessage } from "../protocol.ts";
import type { Batch, TetragonEvent } from "../sdk/tetrad.d.ts";

/** Characters of a reason that are kept. */
const LONGEST_REASON = 100;

/** What became of the events of a batch. */
export class ModuleBatch implements Batch {
  readonly length: number;
  readonly bytes: Uint8Array;
  readonly refused = new Map<number, string>();
  /** How many of the first events are dealt with. */
  acknowledged = 0;
  readonly #onProgress: (count: number) => void;
  #lines: readonly string[] | undefined;
  #events: readonly TetragonEvent[] | undefined;
  #isOver = false;

  /** @param onProgress Takes how many of the first events are dealt with. */
  constructor(bytes: Uint8Array, length: number, onProgress: (count: number) => void) {
    this.bytes = bytes;
    this.length = length;
    this.#onProgress = onProgress;
  }

  get lines(): readonly string[] {
    this.#lines ??= new TextDecoder().decode(this.bytes).split("\n").slice(0, -1);
    return this.#lines;
  }

  get events(): readonly TetragonEvent[] {
    this.#events ??= this.lines.map((line) => JSON.parse(line) as TetragonEvent);
    return this.#events;
  }

  acknowledge(count: number): void {
    if (!Number.isInteger(count) || count < 0 || count > this.length)
      throw new RangeError(`Cannot acknowledge ${count} events: the batch has ${this.length}`);
    if (this.#isOver || count <= this.acknowledged) return;
    this.acknowledged = count;
    this.#onProgress(count);
  }

  refuse(i: number, reason: string): void {
    if (!Number.isInteger(i) || i < 0 || i >= this.length)
      throw new RangeError(`Cannot refuse event ${i}: the batch has ${this.length}`);
    if (i < this.acknowledged) throw new RangeError(`Cannot refuse event ${i}: it is acknowledged`);
    this.refused.set(i, String(reason).slice(0, LONGEST_REASON));
  }

  /** Nothing more can be said of its events. */
  end(): void {
    this.#isOver = true;
  }
}

/** A copy of what the agent has written: the agent uses that memory again. @throws The system's error. */
export function readBatch(memory: number, { at, bytes }: BatchMessage): Uint8Array {
  const copy = Buffer.allocUnsafeSlow(bytes);
  for (let done = 0; done < bytes; ) {
    const read = readSync(memory, copy, done, bytes - done, at + done);
    if (read === 0) throw new RangeError("the memory of batches ends before the batch does");
    done += read;
  }
  return copy;
}
