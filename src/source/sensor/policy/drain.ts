/** @module Who waits until all that has been recorded by now has been read. */

/** Lets them wait. */
export class Drain {
  readonly #waiting: (() => void)[] = [];
  readonly #wake: () => void;

  /** @param wake Has records read that wait. */
  constructor(wake: () => void) {
    this.#wake = wake;
  }

  /** Resolves with the next {@link settle}. */
  wait(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#wake();
    });
  }

  /** All records have been read. */
  settle(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
