/**
 * @module Which lines of a batch may hold one of some texts, without decoding them: each text is searched for in all lines at
 * once.
 */

/** What JSON may write in other ways than by its number, and what is between the parts of a variable. */
const OTHERWISE_WRITTEN = /[^\x20-\x7e]|["\\/=]/;
/** Shorter texts are in most lines. */
const MIN_LENGTH = 3;

/**
 * The longest part of `literal` that stands in JSON as it is, unless by its characters' numbers.
 * @returns `undefined` where it is too short to be worth a search.
 */
export function searchedPart(literal: string): string | undefined {
  const parts = literal.split(OTHERWISE_WRITTEN);
  const longest = parts.reduce((a, b) => (b.length > a.length ? b : a));
  return longest.length < MIN_LENGTH ? undefined : longest;
}

/** Where a text stands, from some place on. */
class Needle {
  readonly #bytes: Buffer;
  /** There is none from here until `#at`, or the end where that is -1. */
  #from = 0;
  #at = 0;

  constructor(text: string) {
    this.#bytes = Buffer.from(text);
  }

  search(buffer: Buffer, start: number): void {
    this.#from = start;
    this.#at = buffer.indexOf(this.#bytes, start);
  }

  isWithin(buffer: Buffer, start: number, end: number): boolean {
    if (start < this.#from || (this.#at < start && this.#at !== -1)) this.search(buffer, start);
    return this.#at !== -1 && this.#at < end;
  }
}

/** Searches for any of several texts. */
export class LiteralSearch {
  readonly #needles: readonly Needle[];
  #buffer: Buffer = Buffer.alloc(0);

  /** @param texts Each as {@link searchedPart} gives it. */
  constructor(texts: Iterable<string>) {
    // Characters may be written by their numbers.
    this.#needles = ["\\u", ...texts].map((text) => new Needle(text));
  }

  /** Begins with lines that lie in `bytes[start, end)`. */
  begin(bytes: Uint8Array, start: number, end: number): void {
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, end);
    for (const needle of this.#needles) needle.search(this.#buffer, start);
  }

  /** Whether one of the texts may be in the line. Cheapest where lines come in ascending order. */
  mayHold(start: number, end: number): boolean {
    for (const needle of this.#needles) if (needle.isWithin(this.#buffer, start, end)) return true;
    return false;
  }
}
