/** @module Memory of the messages that wait for clients: each is held once, whoever waits for it, and used again. */
import { type DataFrames, frameData, framedBytes } from "../../../lib/http2/data-frames.ts";

/** Bytes of messages in a chunk, if no message is longer: as much as goes to the socket at once. */
export const CHUNK_BYTES = 64 * 1024;
const BUFFER_BYTES = framedBytes(CHUNK_BYTES);
/** A chunk of fewer bytes has memory of its own size: it may wait long. */
const SMALL_BYTES = 16 * 1024;
/** Buffers that are kept for the next chunks while nobody waits for anything. */
const KEPT_BUFFERS = 64;

/** Messages, one after another, that are never changed, in frames of HTTP/2. */
export interface Chunk extends DataFrames {
  /** Messages. */
  readonly events: number;
  /** Bytes of the messages, without the heads of frames. */
  readonly length: number;
}

class PooledChunk implements Chunk {
  readonly bytes: Uint8Array;
  readonly length: number;
  readonly events: number;
  /** What can be used again. */
  buffer: Uint8Array | undefined;
  /** Bytes. */
  readonly memory: number;
  holders = 1;

  constructor(
    bytes: Uint8Array,
    { length, events, memory }: Pick<PooledChunk, "length" | "events" | "memory">,
  ) {
    this.bytes = bytes;
    this.length = length;
    this.events = events;
    this.memory = memory;
  }
}

/** Chunks of all clients. */
export class ChunkPool {
  readonly #free: Uint8Array[] = [];
  #heldBytes = 0;

  /** Bytes of memory that is held, each counted once. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Copies the messages in `source[from, to)` into a chunk, which the caller holds. */
  make(source: Uint8Array, { from, to, events }: { from: number; to: number; events: number }): Chunk {
    const length = to - from;
    const isPooled = length >= SMALL_BYTES && length <= CHUNK_BYTES;
    const buffer = isPooled ? (this.#free.pop() ?? new Uint8Array(BUFFER_BYTES)) : undefined;
    const { bytes } = frameData(source, from, to, buffer);
    const chunk = new PooledChunk(bytes, { length, events, memory: (buffer ?? bytes).length });
    this.#heldBytes += chunk.memory;
    chunk.buffer = buffer;
    return chunk;
  }

  /** One more holds it. */
  hold(chunk: Chunk): void {
    (chunk as PooledChunk).holders++;
  }

  /** One holds it no more, and nothing of it is on its way for him. */
  release(chunk: Chunk): void {
    const pooled = chunk as PooledChunk;
    if (--pooled.holders > 0) return;
    this.#heldBytes -= pooled.memory;
    // Left to the collector, several times as much would lie about as is in use.
    if (pooled.buffer !== undefined) this.#free.push(pooled.buffer);
    if (this.#heldBytes === 0 && this.#free.length > KEPT_BUFFERS) this.#free.length = KEPT_BUFFERS;
  }

  /** One holds it no more, but something of it may be on its way yet: its memory is not used again. */
  abandon(chunk: Chunk): void {
    (chunk as PooledChunk).buffer = undefined;
    this.release(chunk);
  }
}
