/** @module Tetragon's JSON, one document a line: what sources read and every exporter of today sends. */
import type { EventLines } from "../component/subscriber.ts";
import { EventBatch } from "../event/batch.ts";
import type { Encoding, EventSelection } from "./encoding.ts";

/** The batch's own lines: an event that came as bytes, and that no stage changed, leaves as the very same bytes. */
export class TetragonJson implements Encoding {
  readonly format = "tetragon-json";
  #batch = new EventBatch(new Uint8Array(0));

  begin(batch: EventBatch): void {
    this.#batch = batch;
  }

  encode({ count, numbers }: EventSelection): void {
    for (let i = 0; i < count; i++) this.#batch.makeTextOf(numbers[i]!);
  }

  encodeAll(): void {
    this.#batch.makeText();
  }

  get lines(): EventLines {
    return this.#batch;
  }
}
