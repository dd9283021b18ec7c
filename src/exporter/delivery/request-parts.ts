/** @module A bulk in requests that are small enough for its receiver. */
import type { BulkOutcome } from "./bulk.ts";

/** What the bulks of an exporter have found out. */
export interface RequestLimits {
  /** Bytes of a request that nobody has called too large so far. */
  maxBytes: number;
}

/** Numbers of pending lines, in order: as many as one request has. */
export type Part = readonly number[];

/** Takes one bulk apart. */
export class RequestParts {
  readonly #limits: RequestLimits;
  readonly #leastBytes: number;
  /** Bytes of a request. */
  #bytes: number;

  /** @param leastBytes A request is cut down so far for being too large; those of other bulks, too. */
  constructor(limits: RequestLimits, leastBytes: number) {
    this.#limits = limits;
    this.#leastBytes = leastBytes;
    this.#bytes = limits.maxBytes;
  }

  /** The bulk is another one. */
  clear(): void {
    this.#bytes = this.#limits.maxBytes;
  }

  /**
   * As many pending lines as a request may have.
   * @param sizeOf Bytes of a line in a request. @param aside Lines that are left out.
   */
  next(outcome: BulkOutcome, sizeOf: (i: number) => number, aside?: ReadonlySet<number>): Part {
    const part: number[] = [];
    let bytes = 0;
    for (let i = 0; i < outcome.length; i++) {
      if (!outcome.isPending(i) || aside?.has(i) === true) continue;
      bytes += sizeOf(i);
      if (bytes > this.#bytes && part.length > 0) break;
      part.push(i);
    }
    return part;
  }

  /** A request was taken: next ones may be twice as large again. */
  taken(): void {
    this.#bytes = Math.min(this.#bytes * 2, this.#limits.maxBytes);
  }

  /** A request of so many bytes was refused as a whole: next ones are half as large. @param isTooLarge Those of other bulks, too. */
  halve(bytes: number, isTooLarge: boolean): void {
    this.#bytes = Math.floor(Math.min(bytes, this.#bytes) / 2);
    const limits = this.#limits;
    if (isTooLarge) limits.maxBytes = Math.max(this.#leastBytes, Math.min(limits.maxBytes, this.#bytes));
  }
}
