/** @module What a compact line begins with. */

/** A line in the making: what comes before the process, and what after it. Both are safe to show. */
export interface CompactLine {
  readonly head: string;
  readonly rest: readonly string[];
}

const NAME_COLUMNS = 7;

/** An emoji and the name of what happened, as wide as most names are. */
export function label(emoji: string, name: string): string {
  return `${emoji} ${name.padEnd(NAME_COLUMNS)}`;
}
