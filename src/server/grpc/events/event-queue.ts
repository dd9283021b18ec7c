/** @module What waits for one client, within its limits. */
import type { EventLines } from "../../../component/subscriber.ts";
import { CHUNK_BYTES, type Chunk, type ChunkPool } from "./chunk-pool.ts";
import type { SharedMessages } from "./shared-messages.ts";

/** Limits of a queue. */
export interface EventQueueLimits {
  readonly maxEvents: number;
  readonly maxBytes: number;
}

/** Chunks in order. */
export class EventQueue {
  readonly #limits: EventQueueLimits;
  readonly #pool: ChunkPool;
  readonly #chunks: Chunk[] = [];
  /** Chunks that have left the queue but not the array. */
  #taken = 0;
  #events = 0;
  #bytes = 0;

  constructor(limits: EventQueueLimits, pool: ChunkPool) {
    this.#limits = limits;
    this.#pool = pool;
  }

  get events(): number {
    return this.#events;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get isFull(): boolean {
    return this.#events >= this.#limits.maxEvents || this.#bytes >= this.#limits.maxBytes;
  }

  /**
   * Takes the messages of `lines`, as far as there is room.
   * @param messages Which wrote them.
   * @returns How many lines had no message, and how many found no room.
   */
  add(lines: EventLines, messages: SharedMessages): { readonly empty: number; readonly dropped: number } {
    const { maxEvents, maxBytes } = this.#limits;
    let from = 0;
    let to = 0;
    let events = 0;
    let empty = 0;
    let dropped = 0;
    for (let i = 0; i < lines.length; i++) {
      const start = lines.startAt(i);
      const end = lines.endAt(i);
      if (start === end) empty++;
      else if (this.#events + events >= maxEvents || this.#bytes + to - from + end - start > maxBytes)
        dropped++;
      else {
        // As many as lie one behind the other go together.
        if (events > 0 && (start !== to || end - from > CHUNK_BYTES)) {
          this.#push(messages.copyOf(lines.bufferAt(i), from, to, events));
          events = 0;
        }
        if (events === 0) from = start;
        to = end;
        events++;
      }
    }
    if (events > 0) this.#push(messages.copyOf(lines.bufferAt(0), from, to, events));
    return { empty, dropped };
  }

  /** Takes the first chunk out, which the caller holds; `undefined` for none. */
  take(): Chunk | undefined {
    const chunk = this.#chunks[this.#taken];
    if (chunk === undefined) return undefined;
    this.#events -= chunk.events;
    this.#bytes -= chunk.length;
    this.#taken++;
    // Moving the rest for every chunk would take long where there are many.
    if (this.#taken * 2 >= this.#chunks.length) {
      this.#chunks.splice(0, this.#taken);
      this.#taken = 0;
    }
    return chunk;
  }

  /** Gives up the newest until so many bytes are left. @returns How many events that were. */
  trim(maxBytes: number): number {
    const before = this.#events;
    while (this.#bytes > maxBytes) {
      const chunk = this.#chunks.pop()!;
      this.#events -= chunk.events;
      this.#bytes -= chunk.length;
      this.#pool.release(chunk);
    }
    return before - this.#events;
  }

  #push(chunk: Chunk): void {
    this.#chunks.push(chunk);
    this.#events += chunk.events;
    this.#bytes += chunk.length;
  }
}
