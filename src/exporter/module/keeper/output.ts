/** @module What a module writes to its standard output and error, as far as the log has room for it. */
import { closeSync, readSync } from "node:fs";

/** Bytes that are read at a time. A module that writes more than is read waits. */
const READ_BYTES = 8192;
/** Lines that are passed on in a second, and characters of each. */
const LINES_A_SECOND = 10;
const LONGEST_LINE = 400;

/** Lines to be passed on, and how many came on top that were not. */
export interface Heard {
  readonly lines: readonly string[];
  readonly left: number;
}

/** The reading end of what one process writes. */
export class Output implements Disposable {
  readonly #fd: number;
  readonly #bytes = Buffer.allocUnsafe(READ_BYTES);
  #partial = "";
  #second = 0;
  #passed = 0;
  #left = 0;
  #isClosed = false;

  /** @param fd Never waits; it is closed with this. */
  constructor(fd: number) {
    this.#fd = fd;
  }

  /** What has come since the last call. @param now Milliseconds. */
  read(now: number): Heard | undefined {
    if (Math.floor(now / 1000) !== this.#second) {
      this.#second = Math.floor(now / 1000);
      this.#passed = 0;
    }
    const lines: string[] = [];
    for (const line of this.#take()) {
      if (this.#passed++ < LINES_A_SECOND) lines.push(shown(line));
      else this.#left++;
    }
    if (lines.length === 0) return undefined;
    const left = this.#left;
    this.#left = 0;
    return { lines, left };
  }

  /** What is left when nobody writes any more. */
  readLast(now: number): Heard | undefined {
    const heard = this.read(now);
    if (this.#partial === "") return heard;
    const last = shown(this.#partial);
    this.#partial = "";
    return { lines: [...(heard?.lines ?? []), last], left: heard?.left ?? 0 };
  }

  [Symbol.dispose](): void {
    if (!this.#isClosed) closeSync(this.#fd);
    this.#isClosed = true;
  }

  /** Lines that are whole. */
  #take(): string[] {
    let length = 0;
    try {
      length = readSync(this.#fd, this.#bytes, 0, READ_BYTES, null);
    } catch {
      // Nothing is there.
    }
    if (length === 0) return [];
    const lines = (this.#partial + this.#bytes.toString("utf8", 0, length)).split("\n");
    // The rest of a line without end is not kept.
    this.#partial = lines.pop()!.slice(0, LONGEST_LINE + 1);
    return lines.filter((line) => line.trim() !== "");
  }
}

/** Without what would make of a line of the log another one. */
function shown(line: string): string {
  const text = line.replace(/[\p{Cc}\u2028\u2029]/gu, " ").trimEnd();
  return text.length > LONGEST_LINE ? `${text.slice(0, LONGEST_LINE)}...` : text;
}
