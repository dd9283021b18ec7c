/** @module Cuts a stream of bytes into lines. */

const NEWLINE = 0x0a;

/** Collects lines. One that is too long is left out, and counted. */
export class Lines {
  readonly #maxBytes: number;
  #pieces: Uint8Array[] = [];
  #length = 0;
  #tooLong = 0;

  /** @param maxBytes Of one line. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Lines that were left out. */
  get tooLong(): number {
    return this.#tooLong;
  }

  /** Whether a line has begun that has no end yet. */
  get hasRest(): boolean {
    return this.#length > 0;
  }

  /** Takes the next bytes, and hands on each line that they end, without its newline. */
  add(bytes: Uint8Array, onLine: (line: string) => void): void {
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      this.#keep(bytes.subarray(start, end));
      this.#end(onLine);
      start = end + 1;
    }
    // A copy: what the connection reads into is used again.
    if (start < bytes.length) this.#keep(bytes.slice(start));
  }

  #keep(piece: Uint8Array): void {
    this.#length += piece.length;
    if (this.#length > this.#maxBytes) this.#pieces = [];
    else this.#pieces.push(piece);
  }

  #end(onLine: (line: string) => void): void {
    const isTooLong = this.#length > this.#maxBytes;
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#length = 0;
    if (isTooLong) {
      this.#tooLong++;
      return;
    }
    const line = Buffer.concat(pieces).toString("utf8").trim();
    if (line !== "") onLine(line);
  }
}
