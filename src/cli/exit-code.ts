/**
 * @module How a command ends: the exit codes, documented in `--help` and the README, and what standard error says of an
 * error.
 */
import { errorCode, errorMessage } from "../os/caught.ts";
import { TetradError } from "../os/error.ts";

/** What the host has run out of: no fault of the agent's that a stack would show. */
const SHORTAGES: ReadonlySet<string> = new Set(["EMFILE", "ENFILE", "ENOMEM", "ENOSPC", "EDQUOT", "EAGAIN"]);

export const EXIT_OK = 0;
/** The agent could not run or not read all that it was to, or `tetrad listen` received something invalid. */
export const EXIT_FAILED = 1;
/** A flag, variable or file is wrong. */
export const EXIT_CONFIG = 2;
/** The host lacks a right or a kernel feature. */
export const EXIT_UNSUPPORTED = 3;
/** A shell's way to say "ended by this signal": 128 and the signal's number. */
export const EXIT_SIGNAL_BASE = 128;

/** The exit code for an error that ended a command. */
export function exitCodeOf(error: unknown): number {
  if (!(error instanceof TetradError)) return EXIT_FAILED;
  return { config: EXIT_CONFIG, unsupported: EXIT_UNSUPPORTED, failed: EXIT_FAILED }[error.code];
}

/** An error that ended a command, as lines. A stack trace helps a maintainer, not a user whose flag is wrong. */
export function describeError(error: unknown): string {
  if (error instanceof TetradError) return `${error.message}\n`;
  const short = errorCode(error);
  if (short !== undefined && SHORTAGES.has(short)) return `Cannot go on: ${errorMessage(error)}\n`;
  return error instanceof Error ? `${error.message}\n${error.stack}\n` : `${error}\n`;
}
