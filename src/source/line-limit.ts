/** @module How long a line may be, and what becomes of a longer one. */
import type { Counters } from "../telemetry/counters.ts";

/** What a splitter is given. */
export interface LineSplitterSettings {
  /** Longest line, in bytes without its newline. */
  readonly maxLineBytes: number;
  readonly counters: Counters;
  /** Called once for each line over the limit. */
  readonly onTooLong: () => void;
}

/** Counts a line over the limit, which was read and goes no further. */
export function countTooLong({ counters, onTooLong }: LineSplitterSettings): void {
  counters.read++;
  counters.line_too_long++;
  onTooLong();
}
