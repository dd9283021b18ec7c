/** @module Puts events into batches and batches into the sink. */
import { EventBatch } from "../../event/batch.ts";
import type { SourceSettings } from "../source.ts";

const INITIAL_CAPACITY = 1 << 18;
const NEWLINE = 0x0a;
/** UTF-8 needs at most so many bytes for each UTF-16 unit. */
const MAX_BYTES_PER_UNIT = 3;

/** Collects events until {@link flush}. */
export class EventWriter {
  readonly #output: Pick<SourceSettings, "sink" | "counters">;
  readonly #batch = new EventBatch(new Uint8Array(INITIAL_CAPACITY));
  readonly #encoder = new TextEncoder();
  #end = 0;
  #count = 0;

  constructor(output: Pick<SourceSettings, "sink" | "counters">) {
    this.#output = output;
  }

  /** Whether the batch takes another event. When not, {@link flush} first. */
  get isFull(): boolean {
    return this.#batch.isFull;
  }

  /** Adds one event, a JSON document without a newline. */
  write(json: string): void {
    const needed = this.#end + json.length * MAX_BYTES_PER_UNIT + 1;
    if (needed > this.#batch.bytes.length) this.#grow(needed);
    const { bytes } = this.#batch;
    const start = this.#end;
    const { written } = this.#encoder.encodeInto(json, bytes.subarray(start));
    const end = start + written + 1;
    bytes[end - 1] = NEWLINE;
    this.#batch.push(start, end, ++this.#count);
    this.#batch.endPosition = this.#count;
    this.#end = end;
  }

  /** Hands what was collected to the sink; a promise when the sink wants the source to wait. */
  flush(): Promise<void> | undefined {
    const { counters, sink } = this.#output;
    if (this.#batch.count === 0) return undefined;
    counters.read += this.#batch.count;
    counters.bytes_read += this.#end;
    const wait = sink.write(this.#batch);
    this.#batch.clear();
    this.#end = 0;
    return wait;
  }

  #grow(needed: number): void {
    const larger = new Uint8Array(Math.max(needed, this.#batch.bytes.length * 2));
    larger.set(this.#batch.bytes.subarray(0, this.#end));
    this.#batch.bytes = larger;
  }
}
