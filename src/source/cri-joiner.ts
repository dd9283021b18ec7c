/** @module Joins the parts of long container log lines, each stream of a file by itself. */

/** Bytes of unfinished lines that all files together may hold, as a multiple of the line limit. */
const BUDGET_LINES = 4;
const INITIAL_BYTES = 32 * 1024;

/** What unfinished lines may hold, shared by all files of a source. */
export class JoinBudget {
  readonly maxLineBytes: number;
  readonly #limit: number;
  #used = 0;

  constructor(maxLineBytes: number) {
    this.maxLineBytes = maxLineBytes;
    this.#limit = maxLineBytes * BUDGET_LINES;
  }

  /** Takes `bytes` from the budget if they are there. */
  take(bytes: number): boolean {
    if (this.#used + bytes > this.#limit) return false;
    this.#used += bytes;
    return true;
  }

  /** Gives `bytes` back. */
  give(bytes: number): void {
    this.#used -= bytes;
  }
}

/** The parts of one unfinished line. */
class PartialLine {
  readonly #budget: JoinBudget;
  #bytes = new Uint8Array(0);
  /** Bytes of text so far. */
  length = 0;
  /** Whether parts have come whose end has not. */
  isOpen = false;
  /** Whether the line grew over the limit: its text is gone, its end is awaited. */
  isTooLong = false;

  constructor(budget: JoinBudget) {
    this.#budget = budget;
  }

  /** @returns `false` the moment the line grows over the limit. */
  append(part: Uint8Array): boolean {
    this.isOpen = true;
    if (this.isTooLong) return true;
    const needed = this.length + part.length;
    if (needed > this.#budget.maxLineBytes || !this.#reserve(needed)) {
      this.clear();
      this.isOpen = true;
      this.isTooLong = true;
      return false;
    }
    this.#bytes.set(part, this.length);
    this.length = needed;
    return true;
  }

  get text(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }

  clear(): void {
    this.#budget.give(this.#bytes.length);
    this.#bytes = new Uint8Array(0);
    this.length = 0;
    this.isOpen = false;
    this.isTooLong = false;
  }

  #reserve(needed: number): boolean {
    const held = this.#bytes.length;
    if (needed <= held) return true;
    const size = Math.max(needed, INITIAL_BYTES, Math.min(held * 2, this.#budget.maxLineBytes));
    if (!this.#budget.take(size - held)) return false;
    const larger = new Uint8Array(size);
    larger.set(this.text);
    this.#bytes = larger;
    return true;
  }
}

/** The unfinished lines of one file. */
export class CriJoiner {
  readonly #lines: readonly [PartialLine, PartialLine];
  /** Names of streams that are joined, where they have names. */
  readonly #names: [string, string] = ["", ""];

  constructor(budget: JoinBudget) {
    this.#lines = [new PartialLine(budget), new PartialLine(budget)];
  }

  /** The stream that has this name, or may have it from now on; `undefined` while two others are open. */
  slotOf(name: string): 0 | 1 | undefined {
    for (const slot of [0, 1] as const) {
      if (this.#names[slot] === name && this.isOpen(slot)) return slot;
    }
    for (const slot of [0, 1] as const) {
      if (this.isOpen(slot)) continue;
      this.#names[slot] = name;
      return slot;
    }
    return undefined;
  }

  /** Whether parts of a line of `stream` wait for the rest. */
  isOpen(stream: 0 | 1): boolean {
    return this.#lines[stream].isOpen;
  }

  /**
   * Adds a part.
   * @returns `false` the moment the line grows over the limit; its further parts are swallowed.
   */
  append(stream: 0 | 1, part: Uint8Array): boolean {
    return this.#lines[stream].append(part);
  }

  /** The joined text so far, without a newline; `undefined` when the line is over the limit. Valid until the next call. */
  text(stream: 0 | 1): Uint8Array | undefined {
    const line = this.#lines[stream];
    return line.isTooLong ? undefined : line.text;
  }

  /** Forgets the parts of `stream`: its next part begins a line. */
  clear(stream: 0 | 1): void {
    this.#lines[stream].clear();
  }

  /** Forgets everything: the file has gone. */
  reset(): void {
    this.clear(0);
    this.clear(1);
  }
}
