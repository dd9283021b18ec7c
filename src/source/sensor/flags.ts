/** @module Tetragon's `flags`: how the agent came to know a process, and what it could not find out. */

/** Flags in the order in which Tetragon writes them. */
const FLAG_ORDER = [
  "execve",
  "procFS",
  "truncArgs",
  "errorFilename",
  "errorArgs",
  "rootcwd",
  "errorCWD",
  "clone",
  "errorPathResolutionCwd",
  "inInitTree",
] as const;
export type ProcessFlag = (typeof FLAG_ORDER)[number];

/** The flags that are set, joined by spaces. */
export function formatFlags(flags: Readonly<Partial<Record<ProcessFlag, boolean>>>): string {
  let text = "";
  for (const flag of FLAG_ORDER) {
    if (flags[flag] === true) text += text === "" ? flag : ` ${flag}`;
  }
  return text;
}
