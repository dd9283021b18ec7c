/** @module Back-pressure: sources wait for an exporter, some of them only as long as it makes progress. */
import type { Clock, Timer } from "./clock.ts";

/** Lets callers wait until there is room, but no longer than `patienceMs` without progress. */
export class Backpressure {
  readonly #patienceMs: number;
  readonly #clock: Clock;
  #waiting: { promise: Promise<void>; resolve: () => void; timer: Timer } | undefined;
  #stalled = false;

  /** @param patienceMs How long without any progress until nobody waits any more; `Infinity` for ever. */
  constructor(patienceMs: number, clock: Clock) {
    this.#patienceMs = patienceMs;
    this.#clock = clock;
  }

  /** A promise that resolves on {@link release} or when patience ends; `undefined` while the exporter is stalled. */
  wait(): Promise<void> | undefined {
    if (this.#stalled) return undefined;
    if (this.#waiting === undefined) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting = { promise, resolve, timer: this.#arm() };
    }
    return this.#waiting.promise;
  }

  /** Something has left: patience starts anew. */
  progress(): void {
    this.#stalled = false;
    if (this.#waiting === undefined) return;
    this.#clock.clearTimer(this.#waiting.timer);
    this.#waiting.timer = this.#arm();
  }

  /** Lets all waiters go: there is room. */
  release(): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    this.#waiting = undefined;
    this.#clock.clearTimer(waiting.timer);
    waiting.resolve();
  }

  #arm(): Timer {
    if (this.#patienceMs === Number.POSITIVE_INFINITY) return undefined;
    return this.#clock.setTimer(() => {
      this.#stalled = true;
      this.release();
    }, this.#patienceMs);
  }
}
