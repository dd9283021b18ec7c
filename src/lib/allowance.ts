/** @module How much of something others may still ask for: what they take comes back with time. */

/** What an {@link Allowance} begins with. */
export interface AllowanceSettings {
  /** How much there is at most, and at first. */
  readonly burst: number;
  /** How much comes back in a second. */
  readonly perSecond: number;
  /** Milliseconds, as those of {@link Allowance.refill}. */
  readonly now: number;
}

/** An amount that is taken from. It may be overdrawn: who may take what is for the owner to say. */
export class Allowance {
  readonly #burst: number;
  readonly #perSecond: number;
  #left: number;
  #at: number;

  constructor({ burst, perSecond, now }: AllowanceSettings) {
    this.#burst = burst;
    this.#perSecond = perSecond;
    this.#left = burst;
    this.#at = now;
  }

  /** What is left; below 0 when more was taken than there was. */
  get left(): number {
    return this.#left;
  }

  /** Time has passed. @param now Milliseconds. */
  refill(now: number): void {
    this.give(((now - this.#at) / 1000) * this.#perSecond);
    this.#at = now;
  }

  give(amount: number): void {
    this.#left = Math.min(this.#burst, this.#left + amount);
  }

  take(amount: number): void {
    this.#left -= amount;
  }
}
