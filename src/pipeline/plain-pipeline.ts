/**
 * @module The pipeline of a configuration that needs no field of an event. It loads none of the stages: an agent
 * without filters starts without them.
 */
import type { EventBatch } from "../event/batch.ts";
import type { DecodeSettings, OnInvalid, validateBatch } from "../event/decode.ts";
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

/** Looks at the lines of a batch. */
type Validate = typeof validateBatch;

/**
 * Makes the pipeline for settings that ask for no stage.
 * @param validate What looks at lines. @default loaded by {@link Pipeline.prepare}
 */
export function createPlainPipeline(settings: PipelineSettings, validate?: Validate): Pipeline {
  return new PlainPipeline(settings, validate);
}

/** Validates, or does nothing at all: lines that nobody asked about are not examined. */
class PlainPipeline implements Pipeline {
  readonly pollIntervalMs = undefined;
  readonly isDue = false;
  readonly #settings: PipelineSettings;
  readonly #onInvalid: OnInvalid;
  readonly #decoding: DecodeSettings;
  #validate: Validate | undefined;

  constructor(settings: PipelineSettings, validate: Validate | undefined) {
    this.#settings = settings;
    this.#validate = validate;
    this.#onInvalid = createInvalidReporter(settings.onInvalid, false);
    this.#decoding = {
      onError: settings.onInternalError,
      onCutOff: () => settings.counters.read++,
      onMetadata: () => settings.counters.metadata++,
    };
  }

  async prepare(): Promise<void> {
    if (this.#settings.validate !== "off")
      this.#validate ??= (await import("../event/decode.ts")).validateBatch;
  }

  process(batch: EventBatch): void {
    const { validate, counters } = this.#settings;
    if (validate !== "off" && batch.values === undefined)
      counters.invalid += this.#validate!(batch, validate, this.#onInvalid, this.#decoding);
    counters.accepted += batch.count;
  }

  poll(): undefined {}

  flush(): undefined {}
}
