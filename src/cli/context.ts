/** @module What a command may touch of the outside. */

/** The process around a command. Commands get it passed in, so that tests can pass another. */
export interface CommandContext {
  /** Arguments after the command's name. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Writes to standard output, at once. */
  readonly print: (text: string) => void;
  /** Writes to standard error, at once. */
  readonly printError: (text: string) => void;
}

/** A command: runs, then answers with the exit code. */
export type Command = (context: CommandContext) => Promise<number>;
