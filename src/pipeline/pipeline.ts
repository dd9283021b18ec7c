/** @module The pipeline: the one place that says in which order the stages run, and why. */
import type { EventBatch } from "../event/batch.ts";
import { decodeBatch, type OnInvalid } from "../event/decode.ts";
import { createInvalidReporter } from "./invalid.ts";
import type { PipelineSettings } from "./settings.ts";

/** Decides which events leave and what they contain. */
export interface Pipeline {
  /** How often to call {@link poll}, milliseconds; `undefined` when the pipeline makes no events itself. */
  readonly pollIntervalMs: number | undefined;
  /** Leaves in `batch` what goes on, changed where stages change it, and counts every line. Never throws. */
  process(batch: EventBatch): void;
  /**
   * Events that are due without a new one coming in. Call it until it returns `undefined`.
   * @param now Milliseconds since 1970.
   * @returns A batch that is valid until the next call.
   */
  poll(now: number): EventBatch | undefined;
  /** Everything that is still held, at shutdown. Call it until it returns `undefined`. */
  flush(): EventBatch | undefined;
}

/**
 * Makes the pipeline that `settings` describe.
 * @throws TetradError with every problem of the filter options, one after another.
 */
export function createPipeline(settings: PipelineSettings): Pipeline {
  return new StagedPipeline(settings);
}

class StagedPipeline implements Pipeline {
  readonly pollIntervalMs: number | undefined;
  readonly #settings: PipelineSettings;
  readonly #onInvalid: OnInvalid;

  constructor(settings: PipelineSettings) {
    this.#settings = settings;
    this.#onInvalid = createInvalidReporter(settings.onInvalid, settings.redactionFilters !== "");
  }

  process(batch: EventBatch): void {
    const { validate, counters } = this.#settings;
    if (validate !== "off") counters.invalid += decodeBatch(batch, validate, this.#onInvalid);
    counters.accepted += batch.count;
  }

  poll(_now: number): EventBatch | undefined {
    return undefined;
  }

  flush(): EventBatch | undefined {
    return undefined;
  }
}
