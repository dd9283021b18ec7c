/** @module Looks now and then whether cgroups of containers had no room. */
import type { WorkloadValues } from "./workload-values.ts";

/** How often somebody looks, milliseconds. */
const CHECK_MS = 10_000;

/** Warns when they become more. */
export class RoomCheck implements Disposable {
  readonly #values: Pick<WorkloadValues, "missed">;
  readonly #timer: ReturnType<typeof setInterval>;
  #missed = 0;

  constructor(values: Pick<WorkloadValues, "missed">, warn: (message: string) => void) {
    this.#values = values;
    this.#timer = setInterval(() => {
      const before = this.#missed;
      if (this.missed > before)
        warn(
          `${this.#missed} cgroups inside of containers have no room of their own: policies for workloads look at those around them, which takes longer`,
        );
    }, CHECK_MS);
    this.#timer.unref();
  }

  /** Those that have none. It takes the right to look into maps; without it what was known last. */
  get missed(): number {
    try {
      this.#missed = this.#values.missed;
    } catch {
      // An agent that has given its rights up.
    }
    return this.#missed;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
