/** @module Where all sources meet: through the pipeline, onto the bus. */
import type { EventBatch } from "../event/batch.ts";
import { compileAsUsual, compileReluctantly } from "../os/compiler.ts";
import type { Pipeline } from "../pipeline/settings.ts";
import type { Sink } from "../source/source.ts";
import type { Bus } from "./bus.ts";

/** Hands each batch to the pipeline and then to the bus. */
export class AgentSink implements Sink {
  #pipeline: Pipeline;
  readonly #bus: Bus;
  /** An agent that has nothing to do compiles nothing. */
  #isIdle = true;

  constructor(pipeline: Pipeline, bus: Bus) {
    this.#pipeline = pipeline;
    this.#bus = bus;
    pipeline.callWhenDue?.(() => this.poll());
  }

  write(batch: EventBatch): Promise<void> | undefined {
    if (this.#isIdle) this.#begin();
    this.#pipeline.process(batch);
    const wait = this.#bus.publish(batch);
    if (this.#pipeline.isDue) this.poll();
    return wait;
  }

  offer(batch: EventBatch): void {
    if (this.#isIdle) this.#begin();
    this.#pipeline.process(batch);
    this.#bus.offer(batch);
    if (this.#pipeline.isDue) this.poll();
  }

  /** Hands on what the pipeline has without a new event coming in. */
  poll(): void {
    const now = Date.now();
    for (let batch = this.#pipeline.poll(now); batch !== undefined; batch = this.#pipeline.poll(now)) {
      // Not much: at most what the pipeline may hold. So it need not be waited for.
      if (this.#pipeline.mustDeliver === true) void this.#bus.publish(batch);
      else this.#bus.offer(batch);
    }
  }

  /** Sends batches through another pipeline from now on. */
  usePipeline(pipeline: Pipeline): void {
    this.#pipeline = pipeline;
    pipeline.callWhenDue?.(() => this.poll());
  }

  /** Nothing has come for a while. */
  rest(): void {
    this.#isIdle = true;
    compileReluctantly();
  }

  #begin(): void {
    this.#isIdle = false;
    compileAsUsual();
  }
}
