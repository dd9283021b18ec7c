/** @module Lines of a batch, as who exports them sees them. */

/** No checkpoint follows the stream of a batch. */
export const NO_STREAM = -1;

/** Lines that lie in buffers, to be read in order without a copy. */
export interface LineView {
  /** Lines to read. */
  readonly length: number;
  /** The buffer that line `i` lies in. */
  bufferAt(i: number): Uint8Array;
  /** Offset of the first byte of line `i` in its buffer. */
  startAt(i: number): number;
  /** Offset after the newline of line `i`. */
  endAt(i: number): number;
  /** Checkpoint slot of the stream that line `i` came from, or {@link NO_STREAM}. */
  streamAt(i: number): number;
  /** Where a restart resumes once line `i` has been exported. */
  positionAt(i: number): number;
  /** Whether it is known that line `i` is a valid event, all of which it says; where nobody has looked it is not. */
  isWholeAt(i: number): boolean;
}
