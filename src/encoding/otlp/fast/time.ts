/** @module Times of records, as numbers of 64 bits in the program's memory, nanoseconds since 1970. */
import type { SliceableBuffer } from "../../../lib/bytes.ts";
import { SECOND_BYTES, TIME, TIME_ANSWER, TIMES } from "./layout.ts";
import type { RecordProgram } from "./program.ts";

const MILLION = 1_000_000n;

/** The times of one record after the other. */
export class RecordTime {
  readonly #memory: SliceableBuffer;
  readonly #program: RecordProgram;
  readonly #now: () => number;
  #milliseconds = -1;

  /** @param now Milliseconds since 1970. */
  constructor(memory: SliceableBuffer, program: RecordProgram, now: () => number) {
    this.#memory = memory;
    this.#program = program;
    this.#now = now;
  }

  /** Takes up the time of an event: a text with its quotes in `[start, end)`. @returns Whether it is of UTC. */
  take(start: number, end: number): boolean {
    const answer = this.#program.time(start, end);
    if (answer !== TIME_ANSWER.anew) return answer === TIME_ANSWER.taken;
    const memory = this.#memory;
    const text = memory.latin1Slice(start + 1, start + 1 + SECOND_BYTES);
    memory.writeBigInt64LE(BigInt(Date.parse(`${text}Z`)) * MILLION, TIMES + TIME.second);
    memory.copyWithin(TIMES + TIME.text, start + 1, start + 1 + SECOND_BYTES);
    return this.#program.time(start, end) === TIME_ANSWER.taken;
  }

  /** The record is made now. */
  observe(): void {
    const now = this.#now();
    if (now === this.#milliseconds) return;
    this.#milliseconds = now;
    this.#memory.writeBigInt64LE(BigInt(now) * MILLION, TIMES + TIME.observed);
  }
}
