/** @module The one error type that crosses folders. */

/** What kind of failure it is; each maps to one exit code in `main.ts`. */
export type ErrorCode =
  /** A flag, variable or config file is wrong: exit 2. */
  | "config"
  /** The host lacks a right or a kernel feature: exit 3. */
  | "unsupported"
  /** Anything else that stops the start: exit 1. */
  | "failed";

/** An error whose message is meant for the user: one line, what could not be done, found and expected. */
export class TetradError extends Error {
  override readonly name = "TetradError";
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
