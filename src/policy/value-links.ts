/** @module Paths among the values of an operand that are links. */

/** Of values that were looked for on this host. */
export interface ValueLinks {
  /** How many values the document has; those behind them were found. */
  readonly written: number;
  /** Positions: of a link, and of the file that it leads to. */
  readonly pairs: readonly (readonly [link: number, file: number])[];
}
