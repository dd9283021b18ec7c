/** @module Lets a loop sleep until there is something to do. */

/** One sleeper, any number of callers. */
export class Wake {
  #isDue = false;
  #resolve: (() => void) | undefined;

  /** Ends the sleep, or the next one before it begins. */
  signal(): void {
    this.#isDue = true;
    this.#resolve?.();
  }

  /** Sleeps until {@link signal}, at most `timeoutMs` milliseconds. */
  async wait(timeoutMs?: number): Promise<void> {
    if (!this.#isDue) {
      let timer: ReturnType<typeof setTimeout> | undefined;
      await new Promise<void>((resolve) => {
        this.#resolve = resolve;
        if (timeoutMs !== undefined) timer = setTimeout(resolve, timeoutMs);
      });
      clearTimeout(timer);
    }
    this.#resolve = undefined;
    this.#isDue = false;
  }
}
