/**
 * @module Floods of a server: frames that are no data of an answer cost it little, and here something. What was read of a
 * connection is held against the data that came of it.
 */
import { Allowance } from "../allowance.ts";

/** Bytes that may come of nothing. */
const NOTHING = { burst: 8 * 1024 * 1024, perSecond: 64 * 1024 };
/** Bytes for each byte of an answer's data: a server may send it in small frames, and TLS in small records. */
const PER_DATA = 8;
/** Bytes for each call: its headers and trailers. */
const PER_CALL = 128 * 1024;

/** What one connection may still bring. */
export class AnswerGuard {
  readonly #allowance: Allowance;
  #taken = 0;
  #asked = 0;
  #data = 0;

  /** @param now Milliseconds. */
  constructor(now: number) {
    this.#allowance = new Allowance({ ...NOTHING, now });
  }

  /** A call was made. @param bytes Of its request, for which the server opens windows. */
  noteCall(bytes: number): void {
    this.#asked += PER_CALL + bytes;
  }

  /** Data of an answer has come. */
  noteData(bytes: number): void {
    this.#data += bytes;
  }

  /** @param taken Bytes that were read so far. @param now Milliseconds. @returns Whether that is a flood. */
  isFlood(taken: number, now: number): boolean {
    this.#allowance.refill(now);
    this.#allowance.take(taken - this.#taken - this.#asked - this.#data * PER_DATA);
    this.#allowance.give(0);
    this.#taken = taken;
    [this.#asked, this.#data] = [0, 0];
    return this.#allowance.left < 0;
  }
}
