/** @module What somebody found in the options, and how it is said. */

/** One line each. */
export interface Findings {
  /** The agent does not start. */
  readonly problems?: readonly string[];
  readonly warnings?: readonly string[];
}

/**
 * The warning that options have no effect, or none.
 * @param reason How it begins: `Without a file source`.
 * @param names Of options, or an option and a part of its value.
 */
export function withoutEffect(reason: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  return [`${reason} these have no effect: ${names.map((name) => `--${name}`).join(", ")}`];
}
