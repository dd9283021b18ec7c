/** @module Standard output that is a pipe, a socket, a terminal or another device. */

import type { FileSink } from "bun";
import { codeOrText } from "../../os/caught.ts";
import type { LineSink, WriteOutcome } from "../line-sink.ts";
import type { LineQueue } from "../queue.ts";

/** Bytes handed over at a time: what a pipe holds by default. A longer line goes whole. */
const MAX_WRITE_BYTES = 64 * 1024;
/** How long a broken stream is left alone before it is tried again: a FIFO may get a new reader. Milliseconds. */
const RETRY_MS = 1000;

/**
 * Writes to a stream without blocking: Bun waits for room with epoll. What cannot be written is lost; while the
 * stream is broken, so is all that comes, without a system call for each.
 */
export class StreamOutput implements LineSink {
  readonly description = "standard output";
  readonly #fd: number;
  #stream: FileSink | undefined;
  /** Settles with the write in flight, never rejects. */
  #writing: Promise<void> | undefined;
  #brokenBy = "";
  #nextAttempt = 0;

  /** @param fd Open for writing; stays open. */
  constructor(fd: number) {
    this.#fd = fd;
  }

  async open(): Promise<void> {}

  async write(queue: LineQueue): Promise<WriteOutcome> {
    if (this.#brokenBy !== "" && performance.now() < this.#nextAttempt) {
      return { written: 0, lost: queue.length, error: undefined, retryMs: 0 };
    }
    const count = countAdjacent(queue);
    const bytes = queue.bufferAt(0).subarray(queue.startAt(0), queue.endAt(count - 1));
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#writing = promise;
    try {
      this.#stream ??= Bun.file(this.#fd).writer();
      await Promise.all([this.#stream.write(bytes), this.#stream.flush()]);
      this.#brokenBy = "";
      return { written: count, lost: 0, error: undefined, retryMs: 0 };
    } catch (error) {
      return { written: 0, lost: count, error: this.#noteBroken(error as Error), retryMs: 0 };
    } finally {
      this.#writing = undefined;
      resolve();
    }
  }

  async close(signal: AbortSignal): Promise<void> {
    // A reader that does not read must keep neither this call nor the process waiting.
    if (this.#writing !== undefined) this.#stream?.unref();
    const ended = Promise.resolve(this.#writing).then(() => this.#end());
    if (!signal.aborted) await ended;
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
    this.#brokenBy = reason;
    this.#nextAttempt = performance.now() + RETRY_MS;
    return isNew ? error : undefined;
  }
}

/** Lines at the front of the queue that lie side by side in memory, up to the limit, at least one. */
function countAdjacent(queue: LineQueue): number {
  const buffer = queue.bufferAt(0);
  const start = queue.startAt(0);
  let count = 1;
  while (
    count < queue.length &&
    queue.bufferAt(count) === buffer &&
    queue.startAt(count) === queue.endAt(count - 1) &&
    queue.endAt(count) - start <= MAX_WRITE_BYTES
  ) {
    count++;
  }
  return count;
}
