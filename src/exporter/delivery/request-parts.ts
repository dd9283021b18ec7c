/** @module A bulk in requests that are small enough for its receiver. */
import type { BulkOutcome } from "./bulk.ts";
import { type RequestLimits, RequestSize } from "./request-size.ts";

/** Numbers of pending lines, in order: as many as one request has. */
export type Part = readonly number[];

/** Takes one bulk apart. */
export class RequestParts {
  readonly #size: RequestSize;

  /** @param leastBytes A request is cut down so far for being too large; those of other bulks, too. */
  constructor(limits: RequestLimits, leastBytes: number) {
    this.#size = new RequestSize(limits, leastBytes);
  }

  /** The bulk is another one. */
  clear(): void {
    this.#size.reset();
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
      if (bytes > this.#size.bytes && part.length > 0) break;
      part.push(i);
    }
    return part;
  }

  /** A request was taken: next ones may be twice as large again. */
  taken(): void {
    this.#size.taken();
  }

  /** A request of so many bytes was refused as a whole: next ones are half as large. @param isTooLarge Those of other bulks, too. */
  halve(bytes: number, isTooLarge: boolean): void {
    this.#size.halve(bytes, isTooLarge);
  }
}
