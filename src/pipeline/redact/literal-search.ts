/**
 * @module Which lines of a batch may hold one of some texts, without decoding them: each text is searched for in all lines at
 * once.
 */
import { QUOTE } from "../../event/scan/line.ts";

/** What JSON may write in other ways than by its number, and what is between the parts of a variable. */
const OTHERWISE_WRITTEN = /[^\x20-\x7e]|["\\/=]/;
/** Shorter texts are in most lines. */
const MIN_LENGTH = 3;

/** The longest part of `literal` that stands in JSON as it is, unless by its characters' numbers. */
function searchedPart(literal: string): string {
  return literal.split(OTHERWISE_WRITTEN).reduce((a, b) => (b.length > a.length ? b : a));
}

/** Whether a search for `literal` is worth while. */
export function isSearchable(literal: string): boolean {
  return searchedPart(literal).length >= MIN_LENGTH;
}

/** Where a text stands, from some place on. */
class Needle {
  readonly #part: Buffer;
  /** What stands before and behind the part that is searched for, each from there on. */
  readonly #before: readonly string[];
  readonly #behind: readonly string[];
  #buffer: Buffer = Buffer.alloc(0);
  /** There is none from here until `#at`, or the end where that is -1. */
  #from = 0;
  #at = 0;

  constructor(part: string, before = "", behind = "") {
    this.#part = Buffer.from(part);
    this.#before = [...before].reverse();
    this.#behind = [...behind];
  }

  static of(literal: string): Needle {
    const part = searchedPart(literal);
    const at = literal.indexOf(part);
    return new Needle(part, literal.slice(0, at), literal.slice(at + part.length));
  }

  /** Begins with `buffer`. */
  begin(buffer: Buffer, start: number): void {
    this.#buffer = buffer;
    this.#search(start);
  }

  isWithin(start: number, end: number): boolean {
    if (start < this.#from || (this.#at < start && this.#at !== -1)) this.#search(start);
    return this.#at !== -1 && this.#at < end;
  }

  #search(start: number): void {
    this.#from = start;
    let at = this.#buffer.indexOf(this.#part, start);
    while (at !== -1 && !this.#mayBeWhole(at)) at = this.#buffer.indexOf(this.#part, at + 1);
    this.#at = at;
  }

  #mayBeWhole(at: number): boolean {
    return (
      this.#continues(this.#before, at - 1, -1) && this.#continues(this.#behind, at + this.#part.length, 1)
    );
  }

  /** Whether the text may go on with `characters`, as far as there is one way to write them. */
  #continues(characters: readonly string[], from: number, step: 1 | -1): boolean {
    let at = from;
    for (const character of characters) {
      const byte = this.#buffer[at];
      // A variable's name ends there, or its value begins.
      if (character === "=" && byte === QUOTE) return true;
      if (character !== "=" && OTHERWISE_WRITTEN.test(character)) return true;
      if (byte !== character.charCodeAt(0)) return false;
      at += step;
    }
    return true;
  }
}

/** Searches for any of several texts. */
export class LiteralSearch {
  readonly #needles: readonly Needle[];
  readonly #needlesAndNumbers: readonly Needle[];
  #used: readonly Needle[] = [];

  /** @param literals All {@link isSearchable}. */
  constructor(literals: Iterable<string>) {
    this.#needles = Array.from(literals, Needle.of);
    this.#needlesAndNumbers = [new Needle("\\u"), ...this.#needles];
  }

  /**
   * Begins with lines that lie in `bytes[start, end)`.
   * @param hasNumbered Whether characters may be written by their numbers.
   */
  begin(bytes: Uint8Array, start: number, end: number, hasNumbered: boolean): void {
    const lines = Buffer.from(bytes.buffer, bytes.byteOffset, end);
    this.#used = hasNumbered ? this.#needlesAndNumbers : this.#needles;
    for (const needle of this.#used) needle.begin(lines, start);
  }

  /** Whether one of the texts may be in the line. Cheapest where lines come in ascending order. */
  mayHold(start: number, end: number): boolean {
    for (const needle of this.#used) if (needle.isWithin(start, end)) return true;
    return false;
  }
}
