/** @module How long to wait after failures: exponentially longer, with jitter, and not for ever. */

/** What a {@link Backoff} uses. */
export interface BackoffSettings {
  /** The first wait, milliseconds. */
  readonly initialMs: number;
  /** The longest wait, milliseconds. */
  readonly maxMs: number;
  /** How much longer each wait is than the one before. */
  readonly factor: number;
  /** Part of a wait that is random, 0 to 1, so that receivers that come back are not all called at the same moment. */
  readonly jitter: number;
  /** When to give up, milliseconds after the first failure. `Infinity`: never. */
  readonly giveUpMs: number;
}

/** Every second, for ever: for what is on this host. */
export const EVERY_SECOND: BackoffSettings = {
  initialMs: 1000,
  maxMs: 1000,
  factor: 1,
  jitter: 0,
  giveUpMs: Number.POSITIVE_INFINITY,
};

/** The waits in one series of failures. */
export class Backoff {
  readonly #settings: BackoffSettings;
  readonly #random: () => number;
  #failures = 0;
  #since = 0;

  /** @param random From 0 up to 1. */
  constructor(settings: BackoffSettings, random: () => number = Math.random) {
    this.#settings = settings;
    this.#random = random;
  }

  /** Notes a success: the next failure is a first one. */
  reset(): void {
    this.#failures = 0;
  }

  /**
   * Notes a failure.
   * @param now Milliseconds of a clock that never goes back.
   * @returns How long to wait, milliseconds, or `undefined` when it is time to give up.
   */
  next(now: number): number | undefined {
    const { initialMs, maxMs, factor, jitter, giveUpMs } = this.#settings;
    if (this.#failures === 0) this.#since = now;
    if (now - this.#since >= giveUpMs) {
      this.#failures = 0;
      return undefined;
    }
    const wait = Math.min(maxMs, initialMs * factor ** this.#failures);
    this.#failures++;
    return wait * (1 - jitter * this.#random());
  }
}
