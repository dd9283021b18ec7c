/** @module The token bucket of Tetragon's rate limit: `rate.Limiter` of golang.org/x/time. */

const NS_PER_MINUTE = 60_000_000_000;
const NS_PER_MS = 1_000_000;

/** Lets a number of events a minute pass; unused ones add up to a minute's worth. */
export class TokenBucket {
  /** Nanoseconds in which one token is added. Tetragon divides integers. */
  readonly #interval: number;
  readonly #burst: number;
  #tokens: number;
  #last: number;

  /**
   * A full bucket.
   * @param eventsPerMinute Not negative; 0 lets nothing pass.
   * @param now Milliseconds.
   */
  constructor(eventsPerMinute: number, now: number) {
    this.#interval = eventsPerMinute === 0 ? 0 : Math.floor(NS_PER_MINUTE / eventsPerMinute);
    this.#burst = eventsPerMinute;
    this.#tokens = eventsPerMinute;
    this.#last = now;
  }

  /** Takes a token if there is one. @param now Milliseconds; a clock that went back adds nothing. */
  take(now: number): boolean {
    if (this.#burst === 0) return false;
    // More events than nanoseconds in a minute are no limit.
    if (this.#interval === 0) return true;
    if (now > this.#last) {
      const added = ((now - this.#last) * NS_PER_MS) / this.#interval;
      this.#tokens = Math.min(this.#burst, this.#tokens + added);
    }
    // Even when it went back: time is then counted from there, or nothing would be added until it has caught up.
    this.#last = now;
    const left = this.#tokens - 1;
    // What is less than a nanosecond short counts as there.
    if (left < 0 && Math.floor(-left * this.#interval) > 0) return false;
    this.#tokens = left;
    return true;
  }
}
