/** @module Formats that put an event, as it is, into an envelope of their own. */

/** As users name them. */
export const FORMATS = ["json", "rfc5424", "gelf"] as const;

/** One of {@link FORMATS}. */
export type Format = (typeof FORMATS)[number];

/** Writes an event into its envelope. */
export interface Envelope {
  /**
   * Writes the event `source[start, end)`, without its newline, from `target[at]` on.
   * @returns The offset after it; beyond the target's end where it has no room: then it is called again with a larger one.
   */
  write(source: Buffer, start: number, end: number, target: Buffer, at: number): number;
}
