import type { Clock, Timer } from "../../../src/exporter/delivery/clock.ts";

/** A clock that stands still until a test moves it. */
export class ManualClock implements Clock {
  #now = 0;
  #next = 0;
  readonly #timers = new Map<number, { at: number; callback: () => void }>();

  now(): number {
    return this.#now;
  }

  /** How many timers are running. */
  get pending(): number {
    return this.#timers.size;
  }

  setTimer(callback: () => void, milliseconds: number): Timer {
    this.#timers.set(++this.#next, { at: this.#now + milliseconds, callback });
    return this.#next;
  }

  clearTimer(timer: Timer): void {
    this.#timers.delete(timer as number);
  }

  /** Moves on, and lets what is due by then happen, in order. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    await settled();
    for (let due = this.#earliest(end); due !== undefined; due = this.#earliest(end)) {
      this.#now = due.at;
      this.#timers.delete(due.id);
      due.callback();
      await settled();
    }
    this.#now = end;
  }

  #earliest(end: number): { id: number; at: number; callback: () => void } | undefined {
    return [...this.#timers]
      .map(([id, timer]) => ({ id, ...timer }))
      .filter(({ at }) => at <= end)
      .sort((a, b) => a.at - b.at || a.id - b.id)[0];
  }
}

/** Lets every promise that can be settled be so. */
export async function settled(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
}
