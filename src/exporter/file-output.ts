/** @module Events for a file that somebody else has opened, such as standard output that the shell has redirected. */
import { fstatSync } from "node:fs";
import { errorCode } from "../os/caught.ts";
import { TetradError } from "../os/error.ts";
import type { PushDestination, PushResult } from "./delivery/destination.ts";
import type { PushBatch } from "./delivery/push-batch.ts";
import { countWritable, FdWriter } from "./fd-writer.ts";
import { hold, release } from "./held-files.ts";

/**
 * Writes to a file that others own: it is never cut or rotated. A write that stops inside of a line, on a full
 * disk, is completed when there is room again. A file that may not grow any more costs the events meant for it.
 */
export class FileOutput implements PushDestination {
  readonly kind = "push";
  readonly description: string;
  readonly #writer: FdWriter;
  readonly #fd: number;
  #identity: string | undefined;

  /** @param fd Open for writing; stays open. */
  constructor(fd: number, description = "standard output") {
    this.#fd = fd;
    this.description = description;
    this.#writer = new FdWriter(fd);
  }

  async open(): Promise<void> {
    const { dev, ino } = fstatSync(this.#fd);
    try {
      this.#identity = hold(`${dev}:${ino}`);
    } catch (cause) {
      throw new TetradError(
        "config",
        "Cannot use --export-stdout: standard output is a file that another exporter writes, needs another one",
        { cause },
      );
    }
  }

  async push(batch: PushBatch): Promise<PushResult> {
    const count = Math.max(1, countWritable(batch, Number.POSITIVE_INFINITY));
    const { lines, error } = await this.#writer.write(batch, count);
    batch.acceptFirst(lines);
    if (error === undefined || errorCode(error) !== "EFBIG") return { error };
    // Nobody can make room in a file that has reached the limit of the file system or of this process.
    this.#writer.partial = 0;
    batch.loseAll();
    return { error, isGone: true, retryAfterMs: 0 };
  }

  async close(): Promise<void> {
    if (this.#identity !== undefined) release(this.#identity);
    this.#identity = undefined;
  }
}
