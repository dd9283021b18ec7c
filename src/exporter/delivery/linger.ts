/** @module Lets lines wait for others for a while. */
import type { Clock, Timer } from "./clock.ts";

/** One wait at a time. */
export class Linger {
  readonly #lingerMs: number;
  readonly #clock: Clock;
  readonly #onOver: () => void;
  #timer: Timer | undefined;
  #isOver = false;

  /** @param onOver Called when a wait is over. */
  constructor(lingerMs: number, clock: Clock, onOver: () => void) {
    this.#lingerMs = lingerMs;
    this.#clock = clock;
    this.#onOver = onOver;
  }

  /** Whether there is to be waited; a wait begins with the first call. */
  get isWaiting(): boolean {
    if (this.#lingerMs === 0 || this.#isOver) return false;
    this.#timer ??= this.#clock.setTimer(() => {
      this.#isOver = true;
      this.#timer = undefined;
      this.#onOver();
    }, this.#lingerMs);
    return true;
  }

  /** The next lines wait anew. */
  end(): void {
    this.#isOver = false;
    this.#clock.clearTimer(this.#timer);
    this.#timer = undefined;
  }
}
