/** @module Where all sources meet: through the pipeline, to every exporter. */
import type { EventBatch } from "../event/batch.ts";
import type { Exporter } from "../exporter/exporter.ts";
import type { Pipeline } from "../pipeline/settings.ts";
import type { Sink } from "../source/source.ts";

/** Hands each batch to the pipeline and then to each exporter. */
export class AgentSink implements Sink {
  #pipeline: Pipeline;
  readonly #exporters: readonly Exporter[];

  constructor(pipeline: Pipeline, exporters: readonly Exporter[]) {
    this.#pipeline = pipeline;
    this.#exporters = exporters;
  }

  write(batch: EventBatch): Promise<void> | undefined {
    this.#pipeline.process(batch);
    return this.export(batch);
  }

  /** Sends batches through another pipeline from now on. */
  usePipeline(pipeline: Pipeline): void {
    this.#pipeline = pipeline;
  }

  /** Hands events that need no pipeline any more to each exporter. */
  export(batch: EventBatch): Promise<void> | undefined {
    const exporters = this.#exporters;
    for (const exporter of exporters) exporter.write(batch);
    // Only the first exporter, UDP where it is on, may slow the sources down: a slow file never slows UDP.
    return exporters[0]?.ready();
  }
}
