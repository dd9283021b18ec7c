/** @module Puts events into batches and batches into the sink. */
import { EventBatch } from "../../../event/batch.ts";
import type { SourceSettings } from "../../source.ts";
import { JsonWriter } from "./json-writer.ts";

const INITIAL_CAPACITY = 1 << 18;
const NEWLINE = 0x0a;

/** Collects events until {@link flush}. */
export class EventWriter {
  /** Where events are written to, one after the other; each ends with {@link push}. */
  readonly out: JsonWriter = new JsonWriter(INITIAL_CAPACITY);
  readonly #settings: Pick<SourceSettings, "sink" | "counters">;
  readonly #batch = new EventBatch(this.out.bytes);
  #start = 0;
  #count = 0;

  constructor(settings: Pick<SourceSettings, "sink" | "counters">) {
    this.#settings = settings;
    this.#batch.isOwn = true;
  }

  /** Whether the batch takes another event. When not, {@link flush} first. */
  get isFull(): boolean {
    return this.#batch.isFull;
  }

  /** Ends an event: one JSON document, without a newline, has been written. */
  push(): void {
    this.out.byte(NEWLINE);
    this.#batch.push(this.#start, this.out.end, ++this.#count);
    this.#start = this.out.end;
  }

  /** Hands what was collected to the sink. The ring buffer fills meanwhile, so nothing is waited for. */
  flush(): void {
    const { counters, sink } = this.#settings;
    const batch = this.#batch;
    if (batch.count === 0) return;
    counters.read += batch.count;
    counters.bytes_read += this.out.end;
    batch.bytes = this.out.bytes;
    batch.endPosition = this.#count;
    sink.offer(batch);
    batch.clear();
    this.out.end = 0;
    this.#start = 0;
  }
}
