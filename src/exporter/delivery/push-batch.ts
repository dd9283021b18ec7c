/** @module The lines of one push, and what became of each. */
import type { LineView } from "../../event/batch.ts";

/** How much one push takes. */
export interface BatchLimits {
  /** Lines, at least 1. */
  readonly maxEvents: number;
  /** Bytes; a line that is longer goes alone. */
  readonly maxBytes: number;
}

const PENDING = 0;
const ACCEPTED = 1;
const REFUSED = 2;
const LOST = 3;

/** Takes what became of lines. */
export interface Settler {
  /** The line has arrived. */
  accepted(lines: LineView, i: number): void;
  /** The receiver will never take the line. */
  refused(lines: LineView, i: number): void;
  /** The line cannot be delivered, through no fault of its own. */
  lost(lines: LineView, i: number): void;
  /** Everything up to line `i` of its stream is settled, and none of it is lost. */
  passed(lines: LineView, i: number): void;
}

/** How many lines a push left, and what became of the others. */
export interface Tally {
  readonly pending: number;
  /** All but those. */
  readonly settled: number;
  readonly accepted: number;
  readonly lost: number;
}

/**
 * A window on the first lines of a queue. A push sees those of which nothing has been said so far; the lines stay in
 * the queue until all before them are settled, so that positions are committed in order.
 */
export class PushBatch implements LineView {
  /** Lines to push. */
  length = 0;
  /** Lines that the last {@link settle} has moved the window on by. */
  settled = 0;
  readonly #lines: LineView;
  readonly #limits: BatchLimits;
  /** Lines of the window, settled ones included. */
  #size = 0;
  /** Place in the window of each line to push. */
  #index = new Uint32Array(64);
  /** By place in the window. */
  #outcome = new Uint8Array(64);

  /** @param lines Whose front the window is on. */
  constructor(lines: LineView, limits: BatchLimits) {
    this.#lines = lines;
    this.#limits = limits;
  }

  /** Whether there are lines to push again that are not the only ones left in the window. */
  get isOpen(): boolean {
    return this.#size > 0;
  }

  /** Opens the window on as many lines as one push may take, unless it still has lines to push again. */
  fill(): void {
    if (this.isOpen) return;
    const lines = this.#lines;
    const { maxEvents, maxBytes } = this.#limits;
    const most = Math.min(lines.length, maxEvents);
    this.#reserve(most);
    let bytes = 0;
    let count = 0;
    for (; count < most; count++) {
      bytes += lines.endAt(count) - lines.startAt(count);
      if (bytes > maxBytes && count > 0) break;
      this.#index[count] = count;
    }
    this.#outcome.fill(PENDING, 0, count);
    this.#size = count;
    this.length = count;
  }

  /** Line `i` has arrived. */
  accept(i: number): void {
    this.#outcome[this.#index[i]!] = ACCEPTED;
  }

  /** The first `count` lines have arrived. */
  acceptFirst(count: number): void {
    // Before any push was taken in part, lines stand where they are numbered.
    if (this.length === this.#size) this.#outcome.fill(ACCEPTED, 0, count);
    else for (let i = 0; i < count; i++) this.accept(i);
  }

  /** The receiver will never take line `i`: it goes to the dead letters. */
  refuse(i: number): void {
    this.#outcome[this.#index[i]!] = REFUSED;
  }

  /** Line `i` is lost: there is no way to deliver it, and through no fault of its own. */
  lose(i: number): void {
    this.#outcome[this.#index[i]!] = LOST;
  }

  /** What was said of the lines since the last {@link settle}. */
  tally(): Tally {
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < this.length; i++) counts[this.#outcome[this.#index[i]!]!]!++;
    const pending = counts[PENDING]!;
    return { pending, settled: this.length - pending, accepted: counts[ACCEPTED]!, lost: counts[LOST]! };
  }

  /** All lines of which nothing was said are lost. */
  loseAll(): void {
    for (let i = 0; i < this.length; i++) if (this.#outcome[this.#index[i]!] === PENDING) this.lose(i);
  }

  /**
   * Reports what was said of the lines since the last call. What is left is pushed again. {@link settled} lines at the
   * front of the queue must be removed from it then.
   */
  settle(settler: Settler): void {
    const lines = this.#lines;
    let pending = 0;
    for (let i = 0; i < this.length; i++) {
      const at = this.#index[i]!;
      const outcome = this.#outcome[at]!;
      if (outcome === ACCEPTED) settler.accepted(lines, at);
      else if (outcome === REFUSED) settler.refused(lines, at);
      else if (outcome === LOST) settler.lost(lines, at);
      else this.#index[pending++] = at;
    }
    this.length = pending;
    const front = pending === 0 ? this.#size : this.#index[0]!;
    this.#pass(front, settler);
    this.#moveTo(front);
    this.settled = front;
  }

  bufferAt(i: number): Uint8Array {
    return this.#lines.bufferAt(this.#index[i]!);
  }

  startAt(i: number): number {
    return this.#lines.startAt(this.#index[i]!);
  }

  endAt(i: number): number {
    return this.#lines.endAt(this.#index[i]!);
  }

  streamAt(i: number): number {
    return this.#lines.streamAt(this.#index[i]!);
  }

  positionAt(i: number): number {
    return this.#lines.positionAt(this.#index[i]!);
  }

  /** Reports the last line of each run of one stream among the first `count`, as far as nothing is lost. */
  #pass(count: number, settler: Settler): void {
    const lines = this.#lines;
    for (let i = 0; i < count; i++) {
      if (this.#outcome[i] === LOST) continue;
      const isLast = i + 1 === count || this.#outcome[i + 1] === LOST;
      if (isLast || lines.streamAt(i + 1) !== lines.streamAt(i)) settler.passed(lines, i);
    }
  }

  /** Moves the window on by `count` lines. It closes unless lines behind the first pending one are settled. */
  #moveTo(count: number): void {
    const rest = this.#size - count;
    this.#outcome.copyWithin(0, count, this.#size);
    if (this.length === rest) {
      this.#size = 0;
      return;
    }
    for (let i = 0; i < this.length; i++) this.#index[i]! -= count;
    this.#size = rest;
  }

  #reserve(count: number): void {
    if (count <= this.#index.length) return;
    const capacity = 2 ** Math.ceil(Math.log2(count));
    this.#index = new Uint32Array(capacity);
    this.#outcome = new Uint8Array(capacity);
  }
}
