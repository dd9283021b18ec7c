/** @module What both ways to send (by push, and directly) offer to the skeleton. */
import type { ConsolaInstance } from "consola";
import type { EventLines } from "../../component/subscriber.ts";
import type { ExporterCounters } from "../../telemetry/counters.ts";
import type { Backpressure } from "./backpressure.ts";
import type { Introduction } from "./introduction.ts";
import type { Ledger } from "./ledger.ts";
import type { LineQueue } from "./queue.ts";

/** What the skeleton shares with its sender. */
export interface DeliveryParts {
  readonly name: string;
  readonly queue: LineQueue;
  readonly introduction: Introduction;
  readonly ledger: Ledger;
  readonly backpressure: Backpressure;
  readonly counters: ExporterCounters;
  readonly log: ConsolaInstance;
  /** Called once, when nobody is left to take events. */
  readonly onGone: () => void;
}

/** Empties the queue into a destination, metadata first. */
export interface Sender {
  /** The destination is open, and lines may leave. */
  begin(): void;
  /** Sends events past the queue, which must not hold any before them. @returns How many were dealt with. */
  sendPast(events: EventLines): number;
  /** Has what only waits for others leave, unless these are few enough to wait with it. */
  makeWay?(events: EventLines): void;
  /** What waits elsewhere than in the queue of the skeleton. @default nothing */
  readonly queued?: { readonly events: number; readonly bytes: number; readonly oldest?: number | undefined };
  /** Goes on sending what is queued, unless that is under way or nobody is there. */
  pump(): void;
  /** Tries what failed before again, now. */
  retryNow(): void;
  /** Resolves once nothing is left, not even the metadata, or `signal` has aborted. */
  drain(signal: AbortSignal): Promise<void>;
  /**
   * Sends the last metadata line of all, when nothing else is left to be sent. It is not waited for where it cannot leave.
   */
  conclude(signal: AbortSignal): Promise<void>;
  /**
   * Sends nothing any more; of a push in flight nothing is counted.
   * @returns Events in the queue that have not been counted.
   */
  abandon(): number;
}
