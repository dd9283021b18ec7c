/** @module The first line of a queue, alone. */
import type { LineView } from "../../event/batch.ts";

/** Shows the first line of a queue, whichever that is. */
export class FirstLine implements LineView {
  readonly #lines: LineView;

  constructor(lines: LineView) {
    this.#lines = lines;
  }

  get length(): number {
    return Math.min(1, this.#lines.length);
  }

  bufferAt(i: number): Uint8Array {
    return this.#lines.bufferAt(i);
  }

  startAt(i: number): number {
    return this.#lines.startAt(i);
  }

  endAt(i: number): number {
    return this.#lines.endAt(i);
  }

  streamAt(i: number): number {
    return this.#lines.streamAt(i);
  }

  positionAt(i: number): number {
    return this.#lines.positionAt(i);
  }

  isWholeAt(i: number): boolean {
    return this.#lines.isWholeAt(i);
  }
}
