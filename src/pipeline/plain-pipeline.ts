/**
 * @module The pipeline of a configuration that needs no field of an event. It loads none of the stages: an agent
 * without filters starts without them.
 */
import type { EventBatch } from "../event/batch.ts";
import { type DecodeSettings, type OnInvalid, validateBatch } from "../event/decode.ts";
import { createInvalidReporter } from "./invalid.ts";
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
  readonly #decoding: DecodeSettings;

  constructor(settings: PipelineSettings) {
    this.#settings = settings;
    this.#onInvalid = createInvalidReporter(settings.onInvalid, false);
    this.#decoding = {
      onError: settings.onInternalError,
      onCutOff: () => settings.counters.read++,
      onMetadata: () => settings.counters.metadata++,
    };
  }

  process(batch: EventBatch): void {
    const { validate, counters } = this.#settings;
    if (validate !== "off" && batch.values === undefined)
      counters.invalid += validateBatch(batch, validate, this.#onInvalid, this.#decoding);
    counters.accepted += batch.count;
  }

  poll(): undefined {}

  flush(): undefined {}
}
