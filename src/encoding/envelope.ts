/** @module Formats of lines and datagrams: most put an event, as it is, into an envelope of their own. */

/** As users name them. */
export const FORMATS = ["json", "rfc5424", "gelf", "ecs"] as const;

/** One of {@link FORMATS}. */
export type Format = (typeof FORMATS)[number];

/** Takes the pieces of a message, in order. */
export interface Pieces {
  /** Adds `bytes[start, end)`, which stay as they are as long as the message lasts. */
  add(bytes: Uint8Array, start: number, end: number): void;
}

/** Puts an event into its envelope, piece by piece: what leaves as it came is not copied. */
export interface Envelope {
  /** Messages that were made before need not last any longer. */
  begin(): void;
  /**
   * Adds the pieces of a message for the event `source[start, end)`, without its newline.
   * @returns Whether there was memory for it beside those made since {@link begin}. Then always, when it is the first one.
   */
  wrap(source: Uint8Array, start: number, end: number, pieces: Pieces): boolean;
}
