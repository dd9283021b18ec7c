/** @module Whether an event is all that its line says, found by the scanner, or by counting once it is decoded. */
import { isUtf8 } from "node:buffer";
import type { JsonObject } from "../lib/json/object.ts";
import { tally } from "./compile.ts";
import { MAX_NODES } from "./edit/structure.ts";
import { BACKSLASH, COLON, QUOTE, SLACK, SPACE } from "./scan/line.ts";
import { LineScanner } from "./scan/scan.ts";
import { isValidEvent } from "./validate.ts";

const COLONS = 0x3a3a3a3a;
const LOWEST_BITS = 0x01010101;
const HIGHEST_BITS = 0x80808080;

/**
 * Whether `value`, parsed of the line `[start, end)`, is a valid event of which all is known, and holds every field of the
 * line: then no field stands twice, and each has its name of the proto files. False says nothing. `SLACK` readable bytes
 * follow the line.
 */
export function isWhole(
  value: JsonObject,
  bytes: Uint8Array,
  view: DataView,
  start: number,
  end: number,
): boolean {
  tally.keys = 0;
  tally.hasUnknown = false;
  return isValidEvent(value) && !tally.hasUnknown && countMembers(bytes, view, start, end) === tally.keys;
}

/**
 * Counts quotes with a colon behind in the line `[start, end)`, which is a JSON object: at least as many as there are
 * fields, since names end so, and as many but for texts that begin with a colon.
 * @returns -1 where white space may stand between a name and its colon.
 */
function countMembers(bytes: Uint8Array, view: DataView, start: number, end: number): number {
  let count = 0;
  // The first byte is a brace, and the last a newline.
  for (let at = start + 1; at < end; at += 4) {
    const word = view.getInt32(at, true) ^ COLONS;
    // A mark for each colon, and a false one for some semicolons behind a colon.
    let marked = (word - LOWEST_BITS) & ~word & HIGHEST_BITS;
    while (marked !== 0) {
      const colon = at + ((31 - Math.clz32(marked & -marked)) >> 3);
      marked &= marked - 1;
      const before = bytes[colon - 1]!;
      if (before === QUOTE) {
        if (colon < end && bytes[colon] === COLON && !isEscaped(bytes, colon - 1)) count++;
      } else if (before <= SPACE) return -1;
    }
  }
  return count;
}

/** Whether an odd number of backslashes stands before `at`. */
function isEscaped(bytes: Uint8Array, at: number): boolean {
  let first = at;
  while (bytes[first - 1] === BACKSLASH) first--;
  return ((at - first) & 1) === 1;
}

/** Lines that the scanner was in doubt about more often than not, after which a batch's other lines are decoded at once. */
const MAX_DOUBTS = 16;

/** Finds the lines of a batch that need no decoding. */
export class WholeLines {
  readonly #bytes: Uint8Array;
  readonly #scanner: LineScanner;
  readonly #isText: boolean;
  #doubts = 0;
  /** Whether a character of a whole line is written by its number. */
  hasNumbered = false;

  /** @param isText Whether all lines are UTF-8. */
  constructor(bytes: Uint8Array, isText: boolean) {
    this.#bytes = bytes;
    this.#scanner = new LineScanner(bytes, "full");
    this.#isText = isText;
  }

  /** Whether a line of that length may be taken undecoded: not so large that it has to be looked at closely, and not at the end. */
  static mayBe(bytes: Uint8Array, start: number, end: number): boolean {
    // What edits a line reads words of it, and those behind it.
    return end - start < MAX_NODES && end + SLACK <= bytes.length;
  }

  /** Whether the line is certainly a valid event, all of which it says, and not so large that it has to be looked at closely. */
  isWhole(start: number, end: number): boolean {
    if (this.#doubts > MAX_DOUBTS || !WholeLines.mayBe(this.#bytes, start, end)) return false;
    const isFound =
      (this.#isText || isUtf8(this.#bytes.subarray(start, end))) &&
      this.#scanner.isValid(start, end) &&
      this.#scanner.isWhole;
    if (isFound && this.#scanner.isNumbered) this.hasNumbered = true;
    if (!isFound) this.#doubts++;
    else if (this.#doubts > 0) this.#doubts--;
    return isFound;
  }
}
