/** @module The memory that images with long texts may take. */
import type { ProcessImage } from "./image.ts";

const DEFAULT_LIMIT = 32 << 20;

/**
 * Counts images of processes that are remembered, and shortens the oldest when they take too much. Those whose texts are
 * short are not counted: the number of processes limits them.
 */
export class ImageMemory {
  readonly #limit: number;
  /** How many processes have each, in the order in which the first one came. */
  readonly #users = new Map<ProcessImage, number>();
  #size = 0;
  /** Images that were shortened. */
  shortened = 0;

  /** @param limit Bytes. */
  constructor(limit: number = DEFAULT_LIMIT) {
    this.#limit = limit;
  }

  /** A process has an image. */
  add(image: ProcessImage): void {
    if (!image.isLong) return;
    const users = this.#users.get(image);
    this.#users.set(image, (users ?? 0) + 1);
    if (users !== undefined) return;
    this.#size += image.size;
    while (this.#size > this.#limit && this.#users.size > 1) this.#shortenOldest();
  }

  /** A process that had it is forgotten. */
  remove(image: ProcessImage): void {
    const users = this.#users.get(image);
    if (users === undefined) return;
    if (users > 1) this.#users.set(image, users - 1);
    else this.#forget(image);
  }

  #shortenOldest(): void {
    const [oldest] = this.#users.keys();
    if (oldest === undefined) return;
    this.#forget(oldest);
    oldest.shorten();
    this.shortened++;
  }

  #forget(image: ProcessImage): void {
    this.#users.delete(image);
    this.#size -= image.size;
  }
}
