/** @module What the terminal behind a descriptor can show. */
import { openLibc } from "./libc.ts";

// Not from node:tty, which loads sockets and streams: as much again as the start of an empty program.
const libc = openLibc({ isatty: { args: ["i32"], returns: "i32" } });

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Whether text for descriptor `fd` may have colours: only on a terminal that has them, and never against
 * `NO_COLOR` (https://no-color.org) or `CLICOLOR=0` (https://bixense.com/clicolors).
 */
export function hasColors(fd: number, env: Environment): boolean {
  if ((env.NO_COLOR ?? "") !== "" || env.CLICOLOR === "0" || env.TERM === "dumb") return false;
  return isTerminal(fd);
}

/** Whether descriptor `fd` is a terminal. */
export function isTerminal(fd: number): boolean {
  return libc.isatty(fd) === 1;
}

/** Columns of what does not say how many it has. */
const DEFAULT_COLUMNS = 80;

/** The width of the terminal on standard output; where that is none, `COLUMNS`, or 80. */
export function terminalColumns(env: Environment): number {
  const columns = process.stdout.columns;
  if (columns !== undefined && columns > 0) return columns;
  const given = Number(env.COLUMNS);
  return Number.isInteger(given) && given > 0 ? given : DEFAULT_COLUMNS;
}

/** The width of the terminal on standard output; infinite where that is none: what programs read is not wrapped. */
export function screenColumns(): number {
  return process.stdout.columns || Number.POSITIVE_INFINITY;
}
