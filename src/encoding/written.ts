/** @module Encodings that write each event anew: protobuf, ECS, OTLP. */
import type { EventLines } from "../component/subscriber.ts";
import { BATCH_CAPACITY, EventBatch } from "../event/batch.ts";
import type { Encoding, EventSelection } from "./encoding.ts";

/** Writes one event of a batch. */
export interface EventEncoder {
  /** As users name it. */
  readonly format: string;
  /**
   * Writes event `i` from `target[at]` on.
   * @returns The offset after it; beyond the target's end when it has no room: then it is called again with a larger one.
   */
  encodeInto(batch: EventBatch, i: number, target: Uint8Array, at: number): number;
}

const INITIAL_BYTES = 64 * 1024;

/** Keeps what an encoder writes for as long as the batch lasts. */
export class WrittenEncoding implements Encoding, EventLines {
  readonly format: string;
  readonly #encoder: EventEncoder;
  readonly #start = new Uint32Array(BATCH_CAPACITY);
  readonly #end = new Uint32Array(BATCH_CAPACITY);
  readonly #isEncoded = new Uint8Array(BATCH_CAPACITY);
  #batch = new EventBatch(new Uint8Array(0));
  #bytes: Uint8Array = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  #used = 0;

  constructor(encoder: EventEncoder) {
    this.format = encoder.format;
    this.#encoder = encoder;
  }

  begin(batch: EventBatch): void {
    this.#batch = batch;
    this.#isEncoded.fill(0, 0, batch.count);
    this.#used = 0;
  }

  encode({ count, numbers }: EventSelection): void {
    for (let i = 0; i < count; i++) this.#encodeOnce(numbers[i]!);
  }

  encodeAll(): void {
    for (let i = 0; i < this.#batch.count; i++) this.#encodeOnce(i);
  }

  get lines(): EventLines {
    return this;
  }

  get length(): number {
    return this.#batch.count;
  }

  get stream(): number {
    return this.#batch.stream;
  }

  get endPosition(): number {
    return this.#batch.endPosition;
  }

  bufferAt(): Uint8Array {
    return this.#bytes;
  }

  startAt(i: number): number {
    return this.#start[i]!;
  }

  endAt(i: number): number {
    return this.#end[i]!;
  }

  streamAt(): number {
    return this.#batch.stream;
  }

  positionAt(i: number): number {
    return this.#batch.positionAt(i);
  }

  isWholeAt(): boolean {
    return false;
  }

  #encodeOnce(i: number): void {
    if (this.#isEncoded[i] === 1) return;
    let end = this.#encoder.encodeInto(this.#batch, i, this.#bytes, this.#used);
    while (end > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(end, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, this.#used));
      this.#bytes = larger;
      end = this.#encoder.encodeInto(this.#batch, i, this.#bytes, this.#used);
    }
    this.#start[i] = this.#used;
    this.#end[i] = end;
    this.#used = end;
    this.#isEncoded[i] = 1;
  }
}
