/** @module Messages that many clients get: encoded once, framed once, copied once. */
import { TetragonProtobuf } from "../../../encoding/protobuf/encoding.ts";
import type { EventBatch } from "../../../event/batch.ts";

/** Messages, one after another, that are never changed. */
export interface Chunk {
  readonly bytes: Uint8Array;
  /** Messages. */
  readonly events: number;
}

interface Copy extends Chunk {
  readonly from: number;
  readonly to: number;
}

/** The encoding of clients that get events as they are, and copies of what it wrote for the batch at hand. */
export class SharedMessages extends TetragonProtobuf {
  #copies: Copy[] = [];

  override begin(batch: EventBatch): void {
    super.begin(batch);
    this.forget();
  }

  /**
   * A copy of `buffer[from, to)`, which holds `events` messages of the batch at hand. Clients that ask for the same
   * share one.
   */
  copyOf(buffer: Uint8Array, from: number, to: number, events: number): Chunk {
    for (const copy of this.#copies) if (copy.from === from && copy.to === to) return copy;
    const bytes = new Uint8Array(to - from);
    bytes.set(buffer.subarray(from, to));
    const copy = { from, to, events, bytes };
    this.#copies.push(copy);
    return copy;
  }

  /** Lets go of the copies; those who have them keep them. */
  forget(): void {
    if (this.#copies.length > 0) this.#copies = [];
  }
}
