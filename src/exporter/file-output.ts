/** @module Events for a file that somebody else has opened, such as standard output that the shell has redirected. */
import { errorCode } from "../os/caught.ts";
import { claimDescriptor, releaseFile } from "../os/written-files.ts";
import { claimFor } from "./claim.ts";
import type { PushDestination, PushResult } from "./delivery/destination.ts";
import type { PushBatch } from "./delivery/push-batch.ts";
import { countWritable, FdWriter } from "./fd-writer.ts";

/**
 * Writes to a file that others own: it is never cut or rotated. A write that stops inside of a line, on a full
 * disk, is completed when there is room again. A file that may not grow any more costs the events meant for it.
 */
export class FileOutput implements PushDestination {
  readonly kind = "push";
  readonly description: string;
  readonly #writer: FdWriter;
  readonly #fd: number;
  readonly #option: string;
  #claim: string | undefined;

  /** @param fd Open for writing; stays open. @param option Names it. */
  constructor(fd: number, description = "standard output", option = "--export-stdout") {
    this.#fd = fd;
    this.#option = option;
    this.description = description;
    this.#writer = new FdWriter(fd);
  }

  async open(): Promise<void> {
    this.#claim = claimFor(this.#option, () => claimDescriptor(this.#fd, "another exporter"));
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
    releaseFile(this.#claim);
    this.#claim = undefined;
  }
}
