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
  /** So many lines of so many bytes have arrived. */
  accepted(count: number, bytes: number): void;
  /** The receiver will never take the line. */
  refused(lines: LineView, i: number): void;
  /** So many lines cannot be delivered, through no fault of their own. */
  lost(count: number): void;
  /** Everything up to line `i` of its stream is settled, and none of it is lost. */
  passed(lines: LineView, i: number): void;
  /** Everything up to line `i` of its stream is settled, and that line is lost. */
  passedOver(lines: LineView, i: number): void;
}

/** How many lines a push left, and what became of the others. */
export interface Tally {
  readonly pending: number;
  /** All but those. */
  readonly settled: number;
  readonly accepted: number;
  readonly lost: number;
}

/** What a {@link PushBatch} is a window on. */
export interface PushQueue extends LineView {
  /** Of all lines. */
  readonly bytes: number;
}

/**
 * A window on the first lines of a queue. A push sees those of which nothing has been said so far; the lines stay in
 * the queue until all before them are settled, so that positions are committed in order.
 *
 * As long as every push is taken whole, or but for its end, no line is looked at one by one.
 */
export class PushBatch implements LineView {
  /** Lines to push. */
  length = 0;
  /** Of the lines to push. */
  bytes = 0;
  /** Lines that the last {@link settle} has moved the window on by. */
  settled = 0;
  readonly #lines: PushQueue;
  readonly #limits: BatchLimits;
  /** Lines of the window, settled ones included. */
  #size = 0;
  /** By place in the window. */
  #outcome = new Uint8Array(64);
  /** Whether some lines of the window are settled: then {@link #index} has the place of each line to push. */
  #isSparse = false;
  #index = new Uint32Array(0);
  /** Whether all lines to push have arrived, of which {@link #outcome} does not know. */
  #isWhole = false;

  /** @param lines Whose front the window is on. */
  constructor(lines: PushQueue, limits: BatchLimits) {
    this.#lines = lines;
    this.#limits = limits;
  }

  /** Whether lines are to be pushed again of which some in between are settled. */
  get isOpen(): boolean {
    return this.#size > 0;
  }

  /** Lines that are settled but stay in the queue, since one before them is not. */
  get settledBehind(): number {
    return this.isOpen ? this.#size - this.length : 0;
  }

  /** Opens the window on as many lines as one push may take, unless it is open. */
  fill(): void {
    if (this.isOpen) return;
    const lines = this.#lines;
    const { maxEvents, maxBytes } = this.#limits;
    let count = lines.length;
    let { bytes } = lines;
    if (count > maxEvents || (bytes > maxBytes && count > 1)) {
      bytes = 0;
      count = 0;
      for (const most = Math.min(lines.length, maxEvents); count < most; count++) {
        const length = lines.endAt(count) - lines.startAt(count);
        if (bytes + length > maxBytes && count > 0) break;
        bytes += length;
      }
    }
    if (count > this.#outcome.length) this.#outcome = new Uint8Array(2 ** Math.ceil(Math.log2(count)));
    this.#outcome.fill(PENDING, 0, count);
    this.#size = count;
    this.length = count;
    this.bytes = bytes;
  }

  /**
   * A window in the same state, for the next push. What is said to this one from now on is not heard: whoever has it is
   * late.
   */
  succeed(): PushBatch {
    const next = new PushBatch(this.#lines, this.#limits);
    next.length = this.length;
    next.bytes = this.bytes;
    next.#size = this.#size;
    next.#outcome = this.#outcome;
    next.#isSparse = this.#isSparse;
    next.#index = this.#index;
    next.#isWhole = this.#isWhole;
    this.#outcome = new Uint8Array(0);
    return next;
  }

  /** Line `i` has arrived. */
  accept(i: number): void {
    this.#outcome[this.#placeOf(i)] = ACCEPTED;
  }

  /** The first `count` lines have arrived. */
  acceptFirst(count: number): void {
    if (this.#isSparse) for (let i = 0; i < count; i++) this.accept(i);
    else if (count === this.length) this.#isWhole = true;
    else this.#outcome.fill(ACCEPTED, 0, count);
  }

  /** The receiver will never take line `i`: it goes to the dead letters. */
  refuse(i: number): void {
    this.#outcome[this.#placeOf(i)] = REFUSED;
  }

  /** Line `i` is lost: there is no way to deliver it, and through no fault of its own. */
  lose(i: number): void {
    this.#outcome[this.#placeOf(i)] = LOST;
  }

  /** All lines of which nothing was said are lost. */
  loseAll(): void {
    for (let i = 0; i < this.length; i++) if (this.#outcome[this.#placeOf(i)] === PENDING) this.lose(i);
  }

  /** What was said of the lines since the last {@link settle}. */
  tally(): Tally {
    if (this.#isWhole) return { pending: 0, settled: this.length, accepted: this.length, lost: 0 };
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < this.length; i++) counts[this.#outcome[this.#placeOf(i)]!]!++;
    const pending = counts[PENDING]!;
    return { pending, settled: this.length - pending, accepted: counts[ACCEPTED]!, lost: counts[LOST]! };
  }

  /**
   * Reports what was said of the lines since the last call. What is left is pushed again. {@link settled} lines at the
   * front of the queue must be removed from it then.
   */
  settle(settler: Settler): void {
    if (this.#isWhole) {
      settler.accepted(this.length, this.bytes);
      this.#outcome.fill(ACCEPTED, 0, this.#size);
      this.length = 0;
    } else {
      this.#settleEach(settler);
    }
    this.#isWhole = false;
    this.settled = this.length === 0 ? this.#size : this.#index[0]!;
    this.#pass(this.settled, settler);
    this.#moveOn(this.settled);
  }

  bufferAt(i: number): Uint8Array {
    return this.#lines.bufferAt(this.#placeOf(i));
  }

  startAt(i: number): number {
    return this.#lines.startAt(this.#placeOf(i));
  }

  endAt(i: number): number {
    return this.#lines.endAt(this.#placeOf(i));
  }

  streamAt(i: number): number {
    return this.#lines.streamAt(this.#placeOf(i));
  }

  positionAt(i: number): number {
    return this.#lines.positionAt(this.#placeOf(i));
  }

  isWholeAt(i: number): boolean {
    return this.#lines.isWholeAt(this.#placeOf(i));
  }

  /** Place in the window of line `i` to push. */
  #placeOf(i: number): number {
    return this.#isSparse ? this.#index[i]! : i;
  }

  #settleEach(settler: Settler): void {
    const lines = this.#lines;
    if (this.#index.length < this.#size) this.#index = new Uint32Array(this.#outcome.length);
    let [pending, pendingBytes, accepted, acceptedBytes, lost] = [0, 0, 0, 0, 0];
    for (let i = 0; i < this.length; i++) {
      const at = this.#placeOf(i);
      const outcome = this.#outcome[at]!;
      const length = lines.endAt(at) - lines.startAt(at);
      if (outcome === ACCEPTED) {
        accepted++;
        acceptedBytes += length;
      } else if (outcome === LOST) {
        lost++;
      } else if (outcome === REFUSED) {
        settler.refused(lines, at);
      } else {
        this.#index[pending++] = at;
        pendingBytes += length;
      }
    }
    settler.accepted(accepted, acceptedBytes);
    settler.lost(lost);
    this.length = pending;
    this.bytes = pendingBytes;
  }

  /** Reports the last line of each run of one stream among the first `count` whose lines are all lost, or all not. */
  #pass(count: number, settler: Settler): void {
    const lines = this.#lines;
    for (let i = 0; i < count; i++) {
      const isLost = this.#outcome[i] === LOST;
      const isLast = i + 1 === count || (this.#outcome[i + 1] === LOST) !== isLost;
      if (!isLast && lines.streamAt(i + 1) === lines.streamAt(i)) continue;
      if (isLost) settler.passedOver(lines, i);
      else settler.passed(lines, i);
    }
  }

  /** Moves the window on by `count` lines. It closes unless lines behind the first one to push are settled. */
  #moveOn(count: number): void {
    const rest = this.#size - count;
    this.#isSparse = this.length < rest;
    if (!this.#isSparse) {
      this.#size = 0;
      return;
    }
    this.#outcome.copyWithin(0, count, this.#size);
    for (let i = 0; i < this.length; i++) this.#index[i]! -= count;
    this.#size = rest;
  }
}
