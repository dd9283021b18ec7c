/** @module Bounds what all expressions of a stranger take together: each alone may take a few milliseconds for every message. */

/** Steps that come back with time. */
export class StepBudget {
  readonly #perSecond: number;
  readonly #now: () => number;
  #left: number;
  #at: number;

  /** @param perSecond Steps that come back in a second, and that there are at most. @param now Milliseconds. */
  constructor(perSecond: number, now: () => number = () => performance.now()) {
    this.#perSecond = perSecond;
    this.#now = now;
    this.#left = perSecond;
    this.#at = now();
  }

  /** How many steps an evaluation may take of `wanted`. */
  allow(wanted: number): number {
    if (this.#left < wanted) {
      const now = this.#now();
      this.#left = Math.min(this.#perSecond, this.#left + ((now - this.#at) / 1000) * this.#perSecond);
      this.#at = now;
    }
    return Math.max(0, Math.min(wanted, Math.floor(this.#left)));
  }

  /** Steps were taken. */
  spend(steps: number): void {
    this.#left -= steps;
  }
}

/** What expressions that are compiled now share; `undefined` where each has its own limit only. */
let shared: StepBudget | undefined;

/** Calls `act`: all expressions that are compiled in it share the budget whenever they are evaluated. */
export function withStepBudget<T>(budget: StepBudget, act: () => T): T {
  shared = budget;
  try {
    return act();
  } finally {
    shared = undefined;
  }
}

/** The budget of expressions that are compiled now. */
export function sharedBudget(): StepBudget | undefined {
  return shared;
}
