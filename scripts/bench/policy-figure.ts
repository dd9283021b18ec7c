/** @module What is measured of policies. */

/** A figure. */
export interface PolicyFigure {
  readonly name: string;
  readonly value: number;
  /** What it may be at most. */
  readonly goal: number;
  /** What it is made of. */
  readonly detail: string;
}
