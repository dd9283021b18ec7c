/** @module Gives batches to a module, one after the other, and says what became of each. */
import { errorMessage } from "../../../os/caught.ts";
import type { BatchMessage, FailedMessage, FromRunner, ToRunner } from "../protocol.ts";
import type { Exporter } from "../sdk/tetrad.d.ts";
import { ModuleBatch, readBatch } from "./batch.ts";

/** Characters of an error that are passed on. */
const LONGEST_ERROR = 1000;

/** The work of one process. */
export class Session {
  readonly #exporter: Exporter;
  readonly #memory: number;
  readonly #say: (message: FromRunner) => void;
  readonly #waiting: BatchMessage[] = [];
  #isBusy = false;
  #isStopping = false;

  /** @param memory Descriptor of what batches lie in. */
  constructor(exporter: Exporter, memory: number, say: (message: FromRunner) => void) {
    this.#exporter = exporter;
    this.#memory = memory;
    this.#say = say;
  }

  take(message: ToRunner): void {
    if (message.type === "stop") this.#isStopping = true;
    else if (message.type === "batch") this.#waiting.push(message);
    void this.#work();
  }

  async #work(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift())
      this.#say(await this.#export(next));
    if (this.#isStopping) await this.#close();
    this.#isBusy = false;
  }

  async #export(message: BatchMessage): Promise<FromRunner> {
    const { id } = message;
    const batch = new ModuleBatch(readBatch(this.#memory, message), message.count, (count) =>
      this.#say({ type: "progress", id, count }),
    );
    try {
      await this.#exporter.export(batch);
      return { type: "done", id, refused: [...batch.refused] };
    } catch (error) {
      return failure(id, error);
    } finally {
      batch.end();
    }
  }

  async #close(): Promise<void> {
    try {
      await this.#exporter.close?.();
    } catch (error) {
      process.stderr.write(`close: ${errorMessage(error)}\n`);
    }
    process.exit(0);
  }
}

function failure(id: number, error: unknown): FailedMessage {
  const { retryAfterMs } = Object(error) as { retryAfterMs?: unknown };
  return {
    type: "failed",
    id,
    error: errorMessage(error).slice(0, LONGEST_ERROR),
    ...(typeof retryAfterMs === "number" && retryAfterMs > 0 && { retryAfterMs }),
  };
}
