/** @module Whether a line is certainly valid, by its bytes alone: most lines need no decoding. */
import { ANSWER } from "./layout.ts";
import { type Scanners, TextMemory } from "./text-memory.ts";

/** What lines are scanned for: valid events, or JSON objects of any kind. */
export type ScanMode = "full" | "syntax";

/** Room for a copy of a line that lies elsewhere, bytes; longer ones get a memory of their own. */
const COPY_BYTES = 128 * 1024;
/** Made when the first such line comes. */
let copies: TextMemory | undefined;

/** Scans the lines of one buffer. To be made for a batch and then forgotten: it holds the buffer. */
export class LineScanner {
  readonly #bytes: Uint8Array;
  readonly #isFull: boolean;
  /** Of the memory that the buffer lies in, if it is one. */
  readonly #scanners: Scanners | undefined;
  readonly #isCopied: boolean;
  #answer: number = ANSWER.unsure;

  /** @param bytes Lines that are read into a {@link TextMemory} are scanned there, others are copied into one. */
  constructor(bytes: Uint8Array, mode: ScanMode) {
    const memory = TextMemory.of(bytes);
    this.#bytes = bytes;
    this.#isFull = mode === "full";
    this.#scanners = memory?.scanners;
    this.#isCopied = memory === undefined;
  }

  /**
   * Whether the line `[start, end)`, newline included, is certainly one JSON object, and in full mode a valid event of a
   * described type, as `JSON.parse` and the schemas would find. False says nothing. Lines have to be UTF-8: that is not
   * looked at. Never throws; takes time linear in the line's length.
   */
  isValid(start: number, end: number): boolean {
    const { byteOffset } = this.#bytes;
    if (this.#isCopied) this.#answer = this.#scanCopy(start, end);
    else this.#answer = this.#scan(this.#scanners, byteOffset + start, byteOffset + end);
    return this.#answer !== ANSWER.unsure;
  }

  /**
   * Whether the line that {@link isValid} has just found valid in full mode is certainly all that the event made of it says:
   * every field is known, has its name of the proto files and stands once. False says nothing.
   */
  get isWhole(): boolean {
    return this.#answer >= ANSWER.whole;
  }

  /** Whether a character of that line is written by its number. */
  get isNumbered(): boolean {
    return this.#answer === ANSWER.wholeNumbered;
  }

  #scan(scanners: Scanners | undefined, start: number, end: number): number {
    if (scanners === undefined) return ANSWER.unsure;
    return this.#isFull ? scanners.scanEvent(start, end, scanners.event) : scanners.scanObject(start, end);
  }

  #scanCopy(start: number, end: number): number {
    const length = end - start;
    copies ??= new TextMemory(COPY_BYTES);
    const { bytes, scanners } = length > COPY_BYTES ? new TextMemory(length) : copies;
    bytes.set(this.#bytes.subarray(start, end));
    return this.#scan(scanners, bytes.byteOffset, bytes.byteOffset + length);
  }
}
