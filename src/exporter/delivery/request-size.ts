/** @module How large requests are: smaller after each that was refused, larger after each that was taken. */

/** What the requests of an exporter have found out. */
export interface RequestLimits {
  /** Bytes of a request that nobody has called too large so far. */
  maxBytes: number;
}

/** The size of the next request. */
export class RequestSize {
  readonly #limits: RequestLimits;
  readonly #leastBytes: number;
  #bytes: number;

  /** @param leastBytes Requests are cut down so far for being too large; those of others with these limits, too. */
  constructor(limits: RequestLimits, leastBytes: number) {
    this.#limits = limits;
    this.#leastBytes = leastBytes;
    this.#bytes = limits.maxBytes;
  }

  /** Bytes of a request, at most. */
  get bytes(): number {
    return this.#bytes;
  }

  /** What was refused is dealt with. */
  reset(): void {
    this.#bytes = this.#limits.maxBytes;
  }

  /** A request was taken: next ones may be twice as large again. */
  taken(): void {
    this.#bytes = Math.min(this.#bytes * 2, this.#limits.maxBytes);
  }

  /** A request of so many bytes was refused as a whole: next ones are half as large. @param isTooLarge Those of others, too. */
  halve(bytes: number, isTooLarge: boolean): void {
    this.#bytes = Math.floor(Math.min(bytes, this.#bytes) / 2);
    const limits = this.#limits;
    if (isTooLarge) limits.maxBytes = Math.max(this.#leastBytes, Math.min(limits.maxBytes, this.#bytes));
  }
}
