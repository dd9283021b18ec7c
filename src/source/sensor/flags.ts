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

/** The flags of a process. */
export type ProcessFlags = Readonly<Partial<Record<ProcessFlag, boolean>>>;

/** Combinations that occurred: a handful, where processes are thousands. */
const combinations = new Map<number, ProcessFlags>();

/** The same flags in an object that all processes with these flags share. */
export function shareFlags(flags: ProcessFlags): ProcessFlags {
  let bits = 0;
  for (let i = 0; i < FLAG_ORDER.length; i++) if (flags[FLAG_ORDER[i]!] === true) bits |= 1 << i;
  const known = combinations.get(bits);
  if (known !== undefined) return known;
  combinations.set(bits, flags);
  return flags;
}

/** The flags that are set, joined by spaces. */
export function formatFlags(flags: ProcessFlags): string {
  let text = "";
  for (const flag of FLAG_ORDER) {
    if (flags[flag] === true) text += text === "" ? flag : ` ${flag}`;
  }
  return text;
}
