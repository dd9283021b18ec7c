/** @module Tetragon's JSON, one document a line: what sources read and every exporter of today sends. */
import type { EventLines } from "../component/subscriber.ts";
import { EventBatch } from "../event/batch.ts";
import type { Encoding } from "./encoding.ts";

/** The batch's own lines: an event that no stage changed leaves as the bytes that it came in. */
export class TetragonJson implements Encoding {
  readonly format = "tetragon-json";
  #batch = new EventBatch(new Uint8Array(0));

  begin(batch: EventBatch): void {
    this.#batch = batch;
  }

  encode(): void {}

  encodeAll(): void {}

  get lines(): EventLines {
    return this.#batch;
  }
}
