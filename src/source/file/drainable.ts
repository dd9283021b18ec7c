/** @module What files wait for. */

/** What another file's turn may wait for. */
export interface Drainable {
  /** Whether everything that was there has been read. */
  readonly isDrained: boolean;
}
