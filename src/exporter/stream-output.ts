/** @module Events for a pipe, a socket, a terminal or another device. */

import type { FileSink } from "bun";
import type { LineView } from "../event/batch.ts";
import { codeOrText, errorCode } from "../os/caught.ts";
import { hasHungUp } from "../os/poll.ts";
import { claimDescriptor, releaseFile } from "../os/written-files.ts";
import { claimFor } from "./claim.ts";
import {
  type DestinationEvents,
  PUSHED,
  type PushDestination,
  type PushResult,
} from "./delivery/destination.ts";
import type { PushBatch } from "./delivery/push-batch.ts";

/** How long a broken stream is left alone before it is tried again: a FIFO may get a new reader. Milliseconds. */
const RETRY_MS = 1000;
/** How often to look whether anybody reads, while nothing is written, milliseconds. */
const LOOK_MS = 2000;

/** Nobody is at the other end any more: of a pipe, a socket, a terminal. */
const GONE: ReadonlySet<string | undefined> = new Set([
  "EPIPE",
  "ECONNRESET",
  "ENOTCONN",
  "ESHUTDOWN",
  "EIO",
]);

/** What the stream says; `onGone` is missing where another reader is waited for. */
type StreamEvents = Pick<DestinationEvents, "onReceiver"> & Partial<Pick<DestinationEvents, "onGone">>;

/**
 * Writes to a stream without blocking: Bun waits for room with epoll. What cannot be written is lost; while the
 * stream is broken, so is all that comes, without a system call for each.
 */
export class StreamOutput implements PushDestination {
  readonly kind = "push";
  readonly description: string;
  readonly #fd: number;
  readonly #option: string;
  #claim: string | undefined;
  #stream: FileSink | undefined;
  /** Settles with the write in flight, never rejects. */
  #writing: Promise<void> | undefined;
  #events: StreamEvents | undefined;
  #looking: ReturnType<typeof setInterval> | undefined;
  #brokenBy = "";
  #nextAttempt = 0;

  /** @param fd Open for writing; stays open. @param option Names it. */
  constructor(fd: number, description = "standard output", option = "--export-stdout") {
    this.#fd = fd;
    this.#option = option;
    this.description = description;
  }

  async open(events: StreamEvents): Promise<void> {
    this.#claim = claimFor(this.#option, () => claimDescriptor(this.#fd, "another exporter"));
    this.#events = events;
    if (events.onGone === undefined) return;
    this.#looking = setInterval(() => this.#look(), LOOK_MS);
    this.#looking.unref();
  }

  async push(batch: PushBatch): Promise<PushResult> {
    if (this.#brokenBy !== "" && performance.now() < this.#nextAttempt) {
      batch.loseAll();
      return PUSHED;
    }
    const count = countAdjacent(batch);
    const bytes = batch.bufferAt(0).subarray(batch.startAt(0), batch.endAt(count - 1));
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#writing = promise;
    try {
      this.#stream ??= Bun.file(this.#fd).writer();
      await Promise.all([this.#stream.write(bytes), this.#stream.flush()]);
      this.#brokenBy = "";
      batch.acceptFirst(count);
      return PUSHED;
    } catch (error) {
      for (let i = 0; i < count; i++) batch.lose(i);
      const isGone = GONE.has(errorCode(error));
      return { error: this.#noteBroken(error as Error), isGone, retryAfterMs: 0 };
    } finally {
      this.#writing = undefined;
      resolve();
    }
  }

  async close(signal: AbortSignal): Promise<void> {
    clearInterval(this.#looking);
    releaseFile(this.#claim);
    this.#claim = undefined;
    // A reader that does not read must keep neither this call nor the process waiting.
    if (this.#writing !== undefined) this.#stream?.unref();
    const ended = Promise.resolve(this.#writing).then(() => this.#end());
    if (!signal.aborted) await ended;
  }

  /** A reader that has taken all events and left is missed by the next event, which may be long in coming. */
  #look(): void {
    if (this.#writing === undefined && hasHungUp(this.#fd)) this.#events?.onGone?.();
  }

  async #end(): Promise<void> {
    try {
      await this.#stream?.end();
    } catch {
      // Nothing is left to be written.
    }
    this.#stream = undefined;
  }

  /** @returns The error the first time, `undefined` while the stream stays broken for the same reason. */
  #noteBroken(error: Error): Error | undefined {
    const reason = codeOrText(error);
    const isNew = reason !== this.#brokenBy;
    this.#stream = undefined;
    // Whoever reads next has seen nothing so far.
    this.#events?.onReceiver();
    this.#brokenBy = reason;
    this.#nextAttempt = performance.now() + RETRY_MS;
    return isNew ? error : undefined;
  }
}

/** Lines at the front that lie side by side in memory, at least one. */
function countAdjacent(lines: LineView): number {
  const buffer = lines.bufferAt(0);
  let count = 1;
  while (
    count < lines.length &&
    lines.bufferAt(count) === buffer &&
    lines.startAt(count) === lines.endAt(count - 1)
  ) {
    count++;
  }
  return count;
}
