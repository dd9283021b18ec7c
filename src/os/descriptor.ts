/** @module A file descriptor with one owner. */
import { closeSync } from "node:fs";

/** Closes its descriptor when it is disposed of, and knows that it did. */
export class Descriptor implements Disposable {
  #fd: number | undefined;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /**
   * The number, which stays the owner's.
   * @throws RangeError after it was closed: the number may be another file's by then.
   */
  get fd(): number {
    if (this.#fd === undefined) throw new RangeError("Cannot use a descriptor: it is closed");
    return this.#fd;
  }

  /** Whether it was closed. */
  get isClosed(): boolean {
    return this.#fd === undefined;
  }

  /**
   * Closes it. Idempotent.
   * @throws The system's error, such as `EBADF` when somebody else closed it.
   */
  [Symbol.dispose](): void {
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd !== undefined) closeSync(fd);
  }
}

/** Disposes of all, even where that fails for one, which is thrown then. */
export function disposeAll(owners: readonly Disposable[]): void {
  const failures: unknown[] = [];
  for (const owner of owners) {
    try {
      owner[Symbol.dispose]();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
