/** @module Who of several workers may send: all while the receiver works, one at a time while that is not known. */

/** Turns of workers. */
export class Turns<Worker> {
  #isDoubtful = true;
  /** Who tries while it is doubtful. */
  #prober: Worker | undefined;
  #change = Promise.withResolvers<void>();
  #isOver = false;

  /** Whether another worker may take up something. */
  get isOpen(): boolean {
    return !this.#isDoubtful || this.#prober === undefined;
  }

  /** A worker takes up something. */
  enter(worker: Worker): void {
    if (this.#isDoubtful) this.#prober = worker;
  }

  /** Resolves when the worker may send, or {@link end} was called. */
  async wait(worker: Worker): Promise<void> {
    while (this.#isDoubtful && this.#prober !== worker && !this.#isOver) {
      if (this.#prober === undefined) this.#prober = worker;
      else await this.#change.promise;
    }
  }

  /** A worker has nothing to send any more. */
  leave(worker: Worker): void {
    if (this.#prober !== worker) return;
    this.#prober = undefined;
    this.#changed();
  }

  /** The receiver has taken something. */
  succeeded(): void {
    this.#isDoubtful = false;
    this.#prober = undefined;
    this.#changed();
  }

  /** The receiver has failed. */
  failed(): void {
    this.#isDoubtful = true;
  }

  /** Nobody waits any more. */
  end(): void {
    this.#isOver = true;
    this.#changed();
  }

  #changed(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers<void>();
  }
}
