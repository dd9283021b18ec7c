/** @module Bounds what all expressions of a stranger take together: each alone may take a few milliseconds for every message. */
import { Allowance } from "../allowance.ts";

/** Steps that come back with time. */
export class StepBudget extends Allowance {
  readonly #now: () => number;

  /** @param perSecond Steps that come back in a second, and that there are at most. @param now Milliseconds. */
  constructor(perSecond: number, now: () => number = () => performance.now()) {
    super({ burst: perSecond, perSecond, now: now() });
    this.#now = now;
  }

  /** How many steps an evaluation may take of `wanted`. */
  allow(wanted: number): number {
    if (this.left < wanted) this.refill(this.#now());
    return Math.max(0, Math.min(wanted, Math.floor(this.left)));
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
