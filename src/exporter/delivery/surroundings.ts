/** @module What senders that wait for answers have in common. */
import type { Clock } from "./clock.ts";

/** What such a sender takes from its surroundings. */
export interface SenderSurroundings {
  readonly clock: Clock;
  /** From 0 up to 1. */
  readonly random: () => number;
}

/** The longest wait that a receiver may ask for, milliseconds. */
const LONGEST_WAIT_MS = 300_000;
/** How long the last pushes are waited for once time is up, milliseconds. */
export const LAST_PUSH_MS = 250;

/** The wait that a receiver asks for, as far as it is one: a receiver may be wrong, or lie. */
export function withinReason(milliseconds = 0): number {
  return milliseconds > 0 ? Math.min(milliseconds, LONGEST_WAIT_MS) : 0;
}
