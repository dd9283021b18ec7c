/** @module Time, as far as delivery needs it: a test has a clock of its own. */

/** A timer of a {@link Clock}. */
export type Timer = unknown;

/** Tells the time and wakes. */
export interface Clock {
  /** Milliseconds; never goes back. */
  now(): number;
  setTimer(callback: () => void, milliseconds: number): Timer;
  clearTimer(timer: Timer): void;
}

/** The machine's clock. */
export const SYSTEM_CLOCK: Clock = {
  now: () => performance.now(),
  setTimer: (callback, milliseconds) => setTimeout(callback, milliseconds),
  clearTimer: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout>),
};

/** Lets one loop sleep, until time is up or somebody wakes it. */
export class Sleep {
  readonly #clock: Clock;
  #wake: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Sleeps for that long at most. One sleeper at a time. */
  async for(milliseconds: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = this.#clock.setTimer(resolve, milliseconds);
    this.#wake = resolve;
    await promise;
    this.#clock.clearTimer(timer);
    this.#wake = undefined;
  }

  /** Ends the sleep, if there is one. */
  wake(): void {
    this.#wake?.();
  }
}
