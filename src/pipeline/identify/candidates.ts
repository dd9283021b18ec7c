/** @module Which lines of a batch may be about containers whose pods they do not say: found by their bytes, nothing is decoded. */

/** As keys they stand so in a text, and within strings they cannot: quotes are escaped there. */
const CONTAINER = Buffer.from('"docker"');
const POD = Buffer.from('"pod"');

/** Looks at lines, in the order in which they lie. */
export class Candidates {
  #text: Buffer = Buffer.alloc(0);
  /** Where the next of each is, from some line up to the one at hand on. */
  #container = 0;
  #pod = 0;
  /** Whether pods are looked for first: most sources say them of all events, or of none. */
  #expectsPods = false;

  /** Takes up the lines of `bytes`, which end at `end`. */
  begin(bytes: Uint8Array, end: number): void {
    this.#text = Buffer.from(bytes.buffer, bytes.byteOffset, end);
    this.#container = -1;
    this.#pod = -1;
  }

  /** Whether the line `[start, end)` has the id of a container, and no pod. */
  has(start: number, end: number): boolean {
    if (this.#container >= end) return false;
    if (this.#expectsPods) {
      if (this.#hasPod(start, end)) return false;
      this.#expectsPods = false;
      return this.#hasContainer(start, end);
    }
    if (!this.#hasContainer(start, end)) return false;
    this.#expectsPods = this.#hasPod(start, end);
    return !this.#expectsPods;
  }

  #hasContainer(start: number, end: number): boolean {
    if (this.#container < start) this.#container = this.#next(CONTAINER, start);
    return this.#container < end;
  }

  #hasPod(start: number, end: number): boolean {
    if (this.#pod < start) this.#pod = this.#next(POD, start);
    return this.#pod < end;
  }

  #next(key: Buffer, from: number): number {
    const at = this.#text.indexOf(key, from);
    return at < 0 ? Number.POSITIVE_INFINITY : at;
  }
}
