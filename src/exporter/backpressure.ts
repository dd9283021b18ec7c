/** @module Bounded back-pressure: a source waits for an exporter that makes progress, and for no other. */

/** Lets callers wait until there is room, but no longer than `patienceMs` without progress. */
export class Backpressure {
  readonly #patienceMs: number;
  #waiting: { promise: Promise<void>; resolve: () => void; timer: ReturnType<typeof setTimeout> } | undefined;
  #stalled = false;

  /** @param patienceMs How long without any progress until nobody waits any more. */
  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs;
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

  /** Tells that something left: patience starts anew. */
  progress(): void {
    this.#stalled = false;
    if (this.#waiting === undefined) return;
    clearTimeout(this.#waiting.timer);
    this.#waiting.timer = this.#arm();
  }

  /** Lets all waiters go: there is room. */
  release(): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    this.#waiting = undefined;
    clearTimeout(waiting.timer);
    waiting.resolve();
  }

  #arm(): ReturnType<typeof setTimeout> {
    return setTimeout(() => {
      this.#stalled = true;
      this.release();
    }, this.#patienceMs);
  }
}
