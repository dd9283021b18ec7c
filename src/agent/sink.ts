/** @module Where all sources meet: through the pipeline, onto the bus. */
import type { EventBatch } from "../event/batch.ts";
import type { Pipeline } from "../pipeline/settings.ts";
import type { Sink } from "../source/source.ts";
import type { Bus } from "./bus.ts";

/** Hands each batch to the pipeline and then to the bus. */
export class AgentSink implements Sink {
  #pipeline: Pipeline;
  readonly #bus: Bus;

  constructor(pipeline: Pipeline, bus: Bus) {
    this.#pipeline = pipeline;
    this.#bus = bus;
  }

  write(batch: EventBatch): Promise<void> | undefined {
    this.#pipeline.process(batch);
    return this.#bus.publish(batch);
  }

  offer(batch: EventBatch): void {
    this.#pipeline.process(batch);
    this.#bus.offer(batch);
  }

  /** Sends batches through another pipeline from now on. */
  usePipeline(pipeline: Pipeline): void {
    this.#pipeline = pipeline;
  }
}
