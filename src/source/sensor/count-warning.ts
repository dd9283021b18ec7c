/** @module Warns of a count that grows, now and then. */

/** What a {@link CountWarning} is made of. */
export interface CountWarningSettings {
  /** Milliseconds between two warnings at least. */
  readonly interval: number;
  /** Called with how much the count has grown since the last warning. */
  readonly warn: (added: number) => void;
}

/** The first growth is reported at once, what comes within the interval after it with the next warning. */
export class CountWarning {
  readonly #settings: CountWarningSettings;
  #reported = 0;
  #next = Number.NEGATIVE_INFINITY;

  constructor(settings: CountWarningSettings) {
    this.#settings = settings;
  }

  /**
   * Takes the count as it is.
   * @param now Milliseconds, of any clock; infinity has everything reported that was not yet.
   */
  update(count: number, now: number): void {
    if (count <= this.#reported || now < this.#next) return;
    this.#settings.warn(count - this.#reported);
    this.#reported = count;
    this.#next = now + this.#settings.interval;
  }
}
