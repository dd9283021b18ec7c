/** @module Messages that many clients get: encoded once, framed once, copied once. */
import { TetragonProtobuf } from "../../../encoding/protobuf/encoding.ts";
import type { EventBatch } from "../../../event/batch.ts";
import { type DataFrames, frameData } from "../../../lib/http2/data-frames.ts";

/** Messages, one after another, that are never changed, in frames of HTTP/2. */
export interface Chunk extends DataFrames {
  /** Messages. */
  readonly events: number;
  /** Bytes of the messages, without the heads of frames. */
  readonly length: number;
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
   * A copy of `buffer[from, to)` in frames, which holds `events` messages of the batch at hand. Clients that ask for the same
   * share one.
   */
  copyOf(buffer: Uint8Array, from: number, to: number, events: number): Chunk {
    for (const copy of this.#copies) if (copy.from === from && copy.to === to) return copy;
    const { bytes } = frameData(buffer, from, to);
    const copy = { from, to, events, bytes, length: to - from };
    this.#copies.push(copy);
    return copy;
  }

  /** Lets go of the copies; those who have them keep them. */
  forget(): void {
    if (this.#copies.length > 0) this.#copies = [];
  }
}
