/**
 * @module The pipeline of a configuration that needs no field of an event. It loads none of the stages: an agent
 * without filters starts without them.
 */
import type { EventBatch } from "../event/batch.ts";
import { type OnInvalid, validateBatch } from "../event/decode.ts";
import { countInvalid, createInvalidReporter } from "./invalid.ts";
import type { Pipeline, PipelineSettings } from "./settings.ts";

/** Whether `settings` configure any stage beyond validation. */
export function asksForStages(settings: PipelineSettings): boolean {
  const { exportAllowlist, exportDenylist, fieldFilters, redactionFilters } = settings;
  const texts = [exportAllowlist, exportDenylist, fieldFilters, redactionFilters];
  return (
    texts.some((text) => text.trim() !== "") ||
    settings.exportRateLimit >= 0 ||
    settings.cgroupRate !== undefined ||
    settings.aggregation !== undefined ||
    settings.enrichment !== undefined
  );
}

/** Makes the pipeline for settings that ask for no stage. */
export function createPlainPipeline(settings: PipelineSettings): Pipeline {
  return new PlainPipeline(settings);
}

/** Validates, or does nothing at all: lines that nobody asked about are not examined. */
class PlainPipeline implements Pipeline {
  readonly pollIntervalMs = undefined;
  readonly isDue = false;
  readonly #settings: PipelineSettings;
  readonly #onInvalid: OnInvalid;

  constructor(settings: PipelineSettings) {
    this.#settings = settings;
    this.#onInvalid = createInvalidReporter(settings.onInvalid, false);
  }

  process(batch: EventBatch): void {
    const { validate, counters } = this.#settings;
    if (validate !== "off" && batch.values === undefined) {
      const { count } = batch;
      countInvalid(counters, validateBatch(batch, validate, this.#onInvalid), count - batch.count);
    }
    counters.accepted += batch.count;
  }

  poll(): undefined {}

  flush(): undefined {}
}
