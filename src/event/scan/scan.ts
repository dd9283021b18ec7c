/** @module Whether a line is certainly valid, by its bytes alone: most lines need no decoding. */
import { GetEventsResponse } from "../description/generated/events.ts";
import { generateScanner } from "./generate.ts";
import { NEWLINE, type Scanner, SLACK, skipSpace } from "./line.ts";
import { holdsKnownType } from "./type.ts";
import { scanObject } from "./value.ts";
import { wholeness } from "./whole.ts";

/** What lines are scanned for: valid events, or JSON objects of any kind. */
export type ScanMode = "full" | "syntax";

/** Generated when first used: a start that sends nothing yet pays nothing. */
let eventScanner: Scanner | undefined;
const objectScanner: Scanner = (bytes, view, at) => scanObject(bytes, view, at, 0);

function scannerOf(mode: ScanMode): Scanner {
  if (mode === "syntax") return objectScanner;
  eventScanner ??= generateScanner(GetEventsResponse);
  return eventScanner;
}

/** Scans the lines of one buffer. To be made for a batch and then forgotten: it holds the buffer. */
export class LineScanner {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #scan: Scanner;
  readonly #isFull: boolean;

  constructor(bytes: Uint8Array, mode: ScanMode) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#scan = scannerOf(mode);
    this.#isFull = mode === "full";
  }

  /**
   * Whether the line `[start, end)`, newline included, is certainly one JSON object, and in full mode a valid
   * event of a described type, as `JSON.parse` and the schemas would find. False says nothing. Lines have to be UTF-8: that is not
   * looked at. Never throws; takes time linear in the line's length.
   */
  isValid(start: number, end: number): boolean {
    const bytes = this.#bytes;
    const last = end - 1;
    if (last + SLACK >= bytes.length || bytes[last] !== NEWLINE) return false;
    const begin = skipSpace(bytes, start);
    wholeness.isWhole = true;
    const at = this.#scan(bytes, this.#view, begin);
    if (at < 0 || skipSpace(bytes, at) !== last) return false;
    return !this.#isFull || holdsKnownType(bytes, this.#view, begin);
  }

  /**
   * Whether the line that {@link isValid} has just found valid in full mode is certainly all that the event made of it says:
   * every field is known, has its name of the proto files and stands once. False says nothing.
   */
  get isWhole(): boolean {
    return wholeness.isWhole;
  }
}
