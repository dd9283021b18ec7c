/** @module The error that carries everything that is wrong with a configuration at once. */
import { TetradError } from "../os/error.ts";

/** Every problem of one configuration; the message is the problems, one a line. Ends the start with exit 2. */
export class ConfigError extends TetradError {
  /** One line each: option, where set, found, expected. Never empty. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super("config", problems.join("\n"));
    this.problems = problems;
  }
}

const MAX_QUOTED = 80;

/** `text` quoted for a one-line message: control characters escaped, long text cut off and marked as such. */
export function quote(text: string): string {
  if (text.length <= MAX_QUOTED) return JSON.stringify(text);
  return `${JSON.stringify(text.slice(0, MAX_QUOTED))}... (${text.length} characters)`;
}
