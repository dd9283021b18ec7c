/** @module The run of a source, and the end of what it uses. */
import { settledOrAborted } from "../component/abort.ts";

/** Lets a source's `stop` wait for its `run`, and closes what both use when neither needs it any more. */
export class Running {
  readonly #close: () => void | Promise<void>;
  #ended: Promise<void> | undefined;

  /** @param close Closes what the run uses. Called once the run has ended, or at {@link end} when there was none. Idempotent. */
  constructor(close: () => void | Promise<void> = () => {}) {
    this.#close = close;
  }

  /** Takes note of a run. @returns A promise that ends as the run does, when all is closed. */
  track(run: Promise<void>): Promise<void> {
    const closed = run.finally(this.#close);
    // Who awaits the run hears of its errors.
    this.#ended = closed.catch(() => {});
    return closed;
  }

  /** Resolves when the run, which somebody has asked to end, has ended, or `signal` aborts. */
  async end(signal: AbortSignal): Promise<void> {
    if (this.#ended === undefined) return await this.#close();
    await settledOrAborted(this.#ended, signal);
  }
}
