/** @module The contract between the skeleton of delivery and the places that events go to. */
import type { LineView } from "../../event/batch.ts";
import type { MetadataEventName } from "../../event/description/index.ts";
import type { Progress } from "../../metadata/document.ts";
import type { PushBatch } from "./push-batch.ts";

/** What a destination reports between calls. */
export interface DestinationEvents {
  /** There is another receiver than before: it gets `agent_init` before any event. */
  onReceiver(): void;
  /** There may be room again after a {@link DirectDestination.transmit} that stopped early. */
  onRoom(): void;
  /** Nobody is left to take events, which no push has shown yet. */
  onGone(): void;
}

/** A place that events go to. Its methods never reject, but for {@link open}. */
export interface Destination {
  /** For log lines: `file "/var/log/tetragon.log"`. */
  readonly description: string;
  /** How often a process of its own has ended and was started again; `undefined` where it has none. */
  readonly restarts?: number | undefined;
  /** @throws TetradError when the place can never be written to. */
  open(events: DestinationEvents): Promise<void>;
  /** What has left for the present receiver. @default all that the exporter has counted */
  progress?(): Omit<Progress, "dropped">;
  /** Takes back what {@link open} has made, such as an empty file. Called after {@link close} where nothing was ever sent. */
  undo?(): void;
  /** Opens anew by name, after the push in flight. */
  reopen?(): void;
  /** Closes after the push in flight; once `signal` aborts, nothing but that push is waited for. */
  close(signal: AbortSignal): Promise<void>;
}

/** How a push ended. What became of each line is in the {@link PushBatch}. */
export interface PushResult {
  /** Why lines are left, or were refused or lost. */
  readonly error?: Error | undefined;
  /**
   * How long to wait before the next push, milliseconds; five minutes at most. Absent: as long as backoff says after an
   * error, else not at all. After an error that settles nothing the wait is never shorter than backoff says.
   */
  readonly retryAfterMs?: number | undefined;
  /** Nobody is left to take events, and nobody is expected. */
  readonly isGone?: boolean | undefined;
}

/** A push that went well. */
export const PUSHED: PushResult = {};

/** Takes lines by one asynchronous push at a time: a file, an HTTP endpoint. */
export interface PushDestination extends Destination {
  readonly kind: "push";
  /**
   * Pushes lines of the batch and says of each what became of it: `accept`, `refuse`, `lose`; a line of which
   * nothing is said is pushed again. Lines that are accepted in part (a file that is nearly full) are the first ones.
   * Throwing says nothing about any line.
   * @param signal Aborts when time is up: the lines must not be looked at any more.
   */
  push(batch: PushBatch, signal: AbortSignal): Promise<PushResult>;
}

/**
 * What became of the metadata line: it was sent; there is no room now; nothing can reach the receiver at present; or this
 * line was refused, and others might not be.
 */
export type MetadataFate = "sent" | "full" | "unreachable" | "refused";

/**
 * The fast path: takes lines where they lie, at once, and counts them itself. Each line is dealt with for good by the
 * time that a call returns.
 */
export interface DirectDestination extends Destination {
  readonly kind: "direct";
  /** Whether there is somebody to transmit to. */
  readonly isOpen: boolean;
  /** Sends a metadata line. Unless it was sent, one is due again before the next event. @param event Which one it is. */
  transmitMetadata(line: Uint8Array, event: MetadataEventName): MetadataFate;
  /** Times that the last line of all is sent, since nothing after it shows that it was lost. @default 1 */
  readonly lastLineCopies?: number;
  /**
   * Sends lines in order.
   * @param mayWait Whether lines may be left that wait for others to leave with: then {@link isWaiting} says so.
   * @returns How many were dealt with: fewer than all when there is no room, or when they wait.
   */
  transmit(lines: LineView, mayWait: boolean): number;
  /** Whether {@link transmit} left lines not for want of room. */
  readonly isWaiting?: boolean;
  /** How long lines may wait for others, milliseconds. @default 0, never */
  readonly lingerMs?: number;
  /**
   * Has {@link DestinationEvents.onRoom} called once there may be room. It may try with the first line.
   * @param lines Not empty. @returns How many lines it dealt with: those that leave with the first, or none.
   */
  awaitRoom(lines: LineView): number;
}

/** What a push that has thrown comes to: it says nothing about any line. */
export function asFailure(error: unknown): PushResult {
  return { error: error instanceof Error ? error : new Error(String(error)) };
}
