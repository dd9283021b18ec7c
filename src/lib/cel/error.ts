/** @module What can go wrong with a CEL expression. */

/** An expression that does not parse or whose types do not fit: found at start. */
export class CelCompileError extends SyntaxError {
  /** Offset in the expression, in UTF-16 units. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** An expression that has no value for an event, such as a list indexed past its end. */
export class CelEvaluationError extends Error {}
