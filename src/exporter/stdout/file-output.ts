/** @module Standard output that the shell has redirected to a file. */

import type { PushDestination, PushResult } from "../delivery/destination.ts";
import type { PushBatch } from "../delivery/push-batch.ts";
import { countWritable, FdWriter } from "../fd-writer.ts";

/**
 * Writes to a file that others own: it is never cut or rotated. A write that stops inside of a line, on a full
 * disk, is completed when there is room again.
 */
export class FileOutput implements PushDestination {
  readonly kind = "push";
  readonly description = "standard output";
  readonly #writer: FdWriter;

  /** @param fd Open for writing; stays open. */
  constructor(fd: number) {
    this.#writer = new FdWriter(fd);
  }

  async open(): Promise<void> {}

  async push(batch: PushBatch): Promise<PushResult> {
    const count = Math.max(1, countWritable(batch, Number.POSITIVE_INFINITY));
    const { lines, error } = await this.#writer.write(batch, count);
    batch.acceptFirst(lines);
    return { error };
  }

  async close(): Promise<void> {}
}
