/** @module Messages that many clients get: encoded once, framed once, copied once. */
import { TetragonProtobuf } from "../../../encoding/protobuf/encoding.ts";
import type { EventBatch } from "../../../event/batch.ts";
import type { Chunk, ChunkPool } from "./chunk-pool.ts";

interface Copy {
  readonly chunk: Chunk;
  readonly from: number;
  readonly to: number;
}

/** The encoding of clients that get events as they are, and copies of what it wrote for the batch at hand. */
export class SharedMessages extends TetragonProtobuf {
  readonly #pool: ChunkPool;
  #copies: Copy[] = [];

  constructor(pool: ChunkPool) {
    super();
    this.#pool = pool;
  }

  override begin(batch: EventBatch): void {
    super.begin(batch);
    this.forget();
  }

  /**
   * A copy of `buffer[from, to)` in frames, which holds `events` messages of the batch at hand, and which the caller holds.
   * Clients that ask for the same share one.
   */
  copyOf(buffer: Uint8Array, from: number, to: number, events: number): Chunk {
    const copy = this.#copies.find((other) => other.from === from && other.to === to);
    const chunk = copy?.chunk ?? this.#pool.make(buffer, { from, to, events });
    if (copy === undefined) this.#copies.push({ chunk, from, to });
    this.#pool.hold(chunk);
    return chunk;
  }

  /** Lets go of the copies; those who have them keep them. */
  forget(): void {
    if (this.#copies.length === 0) return;
    for (const { chunk } of this.#copies) this.#pool.release(chunk);
    this.#copies = [];
  }
}
