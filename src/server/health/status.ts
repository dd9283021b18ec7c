/** @module Whether the agent works, as far as somebody has looked. */

/** Looks every so often, and tells those who watch when it has changed. */
export class HealthStatus {
  readonly #look: () => boolean;
  readonly #intervalMs: number;
  readonly #watchers = new Set<(isServing: boolean) => void>();
  #isServing = false;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** @param intervalMs 0: looks whenever it is asked, and every second for those who watch. */
  constructor(look: () => boolean, intervalMs: number) {
    this.#look = look;
    this.#intervalMs = intervalMs;
  }

  get isServing(): boolean {
    if (this.#intervalMs === 0 && this.#timer !== undefined) this.#update(this.#look());
    return this.#isServing;
  }

  start(): void {
    this.#update(this.#look());
    this.#timer = setInterval(() => this.#update(this.#look()), this.#intervalMs || 1000);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#update(false);
  }

  /** Calls `watcher` whenever it has changed. @returns What ends that. */
  watch(watcher: (isServing: boolean) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  #update(isServing: boolean): void {
    if (isServing === this.#isServing) return;
    this.#isServing = isServing;
    for (const watcher of this.#watchers) watcher(isServing);
  }
}
