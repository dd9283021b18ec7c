/** @module How much of what costs nothing to send, and something to take, a peer may send. */
import { ERROR, Http2Error } from "./protocol.ts";

/** Tokens that come back with time. */
export class Budget {
  readonly #what: string;
  readonly #burst: number;
  readonly #perSecond: number;
  #left: number;
  #at: number;

  /** @param what What it is spent on, for the log. @param now Milliseconds, as those of {@link refill}. */
  constructor(what: string, { burst, perSecond, now }: { burst: number; perSecond: number; now: number }) {
    this.#what = what;
    this.#burst = burst;
    this.#perSecond = perSecond;
    this.#left = burst;
    this.#at = now;
  }

  /** Time has passed. */
  refill(now: number): void {
    this.give(((now - this.#at) / 1000) * this.#perSecond);
    this.#at = now;
  }

  give(tokens: number): void {
    this.#left = Math.min(this.#burst, this.#left + tokens);
  }

  /** @throws Http2Error `ENHANCE_YOUR_CALM` when nothing is left. */
  spend(): void {
    if (this.#left < 1) throw new Http2Error(ERROR.enhanceYourCalm, `a flood of ${this.#what}`);
    this.#left--;
  }
}
