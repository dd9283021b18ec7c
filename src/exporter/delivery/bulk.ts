/** @module The contract between the skeleton of delivery and places that take lines in bulks, several at a time. */
import type { LineView } from "../../event/batch.ts";
import type { Destination, PushResult } from "./destination.ts";

/** What a line is known by: the same in each run, and no other line's. */
export interface LineId {
  /** 16 characters of base64url. */
  readonly prefix: Uint8Array;
  /** A whole number below 2^42. */
  readonly sequence: number;
}

/** What {@link Bulk.push} is given. */
export interface BulkAttempt {
  /** Aborts when time is up: the lines must not be looked at any more. */
  readonly signal: AbortSignal;
  /** To be called before anything is sent that may be taken. A later run is told by {@link Bulk.suspect}. */
  readonly onSend: () => void;
}

/** Lines in the form in which they are sent, in memory of its own that is used again and again. */
export interface Bulk {
  /** Forgets all lines. */
  clear(): void;
  /**
   * Adds line `i`, as the next one.
   * @param isMetadata Whether it says who is speaking.
   * @returns `false` when there is no room for it beside others.
   */
  add(lines: LineView, i: number, id: LineId, isMetadata: boolean): boolean;
  /** An earlier run may have sent some of the lines. */
  suspect(): void;
  /**
   * Sends the lines that are pending, once, and says of each what became of it; one of which nothing is said is sent again.
   * Throwing says nothing about any line.
   */
  push(outcome: BulkOutcome, attempt: BulkAttempt): Promise<PushResult>;
  /** Line `i`, which was refused, as it is kept in a file: with its newline. */
  letter(i: number, reason: string): Uint8Array;
}

/** Takes bulks. */
export interface BulkDestination extends Destination {
  readonly kind: "bulk";
  createBulk(): Bulk;
}

const PENDING = 0;
const ACCEPTED = 1;
const REFUSED = 2;

/** The lines of a bulk, and what became of each. */
export class BulkOutcome {
  length = 0;
  /** Lines of which nothing has been said. */
  pending = 0;
  /** Those of them that are events, and their bytes as they came. */
  pendingEvents = 0;
  pendingBytes = 0;
  /** {@link pending} at the last look of whoever sends. */
  reported = 0;
  #outcome = new Uint8Array(1024);
  /** Bytes of each line as it came; 0 for one that is no event. */
  #bytes = new Uint32Array(1024);
  readonly #onAccepted: (bytes: number) => void;
  readonly #onRefused: (i: number, bytes: number, reason: string) => void;

  /** What became of lines is passed on at once; `bytes` is 0 for the line that says who is speaking. */
  constructor(
    onAccepted: (bytes: number) => void,
    onRefused: (i: number, bytes: number, reason: string) => void,
  ) {
    this.#onAccepted = onAccepted;
    this.#onRefused = onRefused;
  }

  clear(): void {
    this.length = 0;
    this.pending = 0;
    this.pendingEvents = 0;
    this.pendingBytes = 0;
    this.reported = 0;
  }

  /** Takes note of another line. @param bytes 0 for the line that says who is speaking. */
  add(bytes: number): void {
    const i = this.length++;
    if (i === this.#outcome.length) this.#grow();
    this.#outcome[i] = PENDING;
    this.#bytes[i] = bytes;
    this.pending++;
    this.reported = this.pending;
    this.pendingBytes += bytes;
    if (bytes > 0) this.pendingEvents++;
  }

  isPending(i: number): boolean {
    return this.#outcome[i] === PENDING;
  }

  /** Line `i` has arrived. */
  accept(i: number): void {
    const bytes = this.#settle(i, ACCEPTED);
    if (bytes !== undefined) this.#onAccepted(bytes);
  }

  /** The receiver will never take line `i`. */
  refuse(i: number, reason: string): void {
    const bytes = this.#settle(i, REFUSED);
    if (bytes !== undefined) this.#onRefused(i, bytes, reason);
  }

  /** @returns The line's bytes, unless it was settled before. */
  #settle(i: number, outcome: number): number | undefined {
    if (this.#outcome[i] !== PENDING) return undefined;
    this.#outcome[i] = outcome;
    const bytes = this.#bytes[i]!;
    this.pending--;
    this.pendingBytes -= bytes;
    if (bytes > 0) this.pendingEvents--;
    return bytes;
  }

  #grow(): void {
    const outcome = new Uint8Array(this.#outcome.length * 2);
    outcome.set(this.#outcome);
    this.#outcome = outcome;
    const bytes = new Uint32Array(this.#bytes.length * 2);
    bytes.set(this.#bytes);
    this.#bytes = bytes;
  }
}
