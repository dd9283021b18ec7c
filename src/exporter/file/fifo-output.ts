/** @module Events for a FIFO: they wait for its reader, and for the next one when that has gone. */
import { closeSync, constants, openSync, statSync } from "node:fs";
import { errorCode } from "../../os/caught.ts";
import { claimFile, releaseFile } from "../../os/written-files.ts";
import { claimFor } from "../claim.ts";
import type { DestinationEvents, PushDestination, PushResult } from "../delivery/destination.ts";
import type { PushBatch } from "../delivery/push-batch.ts";
import { StreamOutput } from "../stream-output.ts";

/** How often to look for a reader while there is none, milliseconds. */
const LOOK_MS = 200;
const OPTION = "--export-filename";
const { O_WRONLY, O_NONBLOCK, O_NOFOLLOW } = constants;

/** Opens the FIFO for each reader. */
export class FifoOutput implements PushDestination {
  readonly kind = "push";
  readonly description: string;
  readonly #path: string;
  #events: DestinationEvents | undefined;
  #fd = -1;
  #stream: StreamOutput | undefined;

  constructor(path: string, description: string) {
    this.#path = path;
    this.description = description;
  }

  async open(events: DestinationEvents): Promise<void> {
    this.#events = events;
    // Its claim lasts as long as it is open, which it is only while it has a reader.
    const info = statSync(this.#path, { bigint: true });
    releaseFile(claimFor(OPTION, () => claimFile(info, "another exporter")));
  }

  async push(batch: PushBatch): Promise<PushResult> {
    try {
      await this.#connect();
    } catch (error) {
      // ENXIO: nobody reads it.
      return { error: error as Error, ...(errorCode(error) === "ENXIO" ? { retryAfterMs: LOOK_MS } : {}) };
    }
    const result = await this.#stream!.push(batch);
    if (result.error === undefined) return result;
    await this.#disconnect(AbortSignal.abort());
    return { error: result.error, retryAfterMs: LOOK_MS };
  }

  async close(signal: AbortSignal): Promise<void> {
    await this.#disconnect(signal);
  }

  async #connect(): Promise<void> {
    if (this.#stream !== undefined) return;
    this.#fd = openSync(this.#path, O_WRONLY | O_NONBLOCK | O_NOFOLLOW);
    this.#stream = new StreamOutput(this.#fd, this.description, OPTION);
    const { onReceiver } = this.#events!;
    await this.#stream.open({ onReceiver });
  }

  async #disconnect(signal: AbortSignal): Promise<void> {
    const stream = this.#stream;
    this.#stream = undefined;
    await stream?.close(signal);
    if (this.#fd !== -1) closeSync(this.#fd);
    this.#fd = -1;
  }
}
