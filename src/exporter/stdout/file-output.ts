/** @module Standard output that the shell has redirected to a file. */
import { countWritable, FdWriter } from "../fd-writer.ts";
import type { LineSink, WriteOutcome } from "../line-sink.ts";
import type { LineQueue } from "../queue.ts";

/** Wait after a failed write, milliseconds. */
const RETRY_MS = 1000;

/**
 * Writes to a file that others own: it is never cut or rotated. A write that stops inside of a line, on a full
 * disk, is completed when there is room again.
 */
export class FileOutput implements LineSink {
  readonly description = "standard output";
  readonly #writer: FdWriter;

  /** @param fd Open for writing; stays open. */
  constructor(fd: number) {
    this.#writer = new FdWriter(fd);
  }

  async open(): Promise<void> {}

  async write(queue: LineQueue): Promise<WriteOutcome> {
    const count = Math.max(1, countWritable(queue, Number.POSITIVE_INFINITY));
    const { lines, error } = await this.#writer.write(queue, count);
    return { written: lines, lost: 0, error, retryMs: error === undefined ? 0 : RETRY_MS };
  }

  async close(): Promise<void> {}
}
