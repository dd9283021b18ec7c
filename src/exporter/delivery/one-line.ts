/** @module One line that is in no queue. */
import { type LineView, NO_STREAM } from "../../event/batch.ts";

/** Shows some bytes as a line. */
export class OneLine implements LineView {
  readonly length = 1;
  readonly #bytes: Uint8Array;

  /** @param bytes With the newline. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  bufferAt(): Uint8Array {
    return this.#bytes;
  }

  startAt(): number {
    return 0;
  }

  endAt(): number {
    return this.#bytes.length;
  }

  streamAt(): number {
    return NO_STREAM;
  }

  positionAt(): number {
    return 0;
  }

  isWholeAt(): boolean {
    return false;
  }
}
