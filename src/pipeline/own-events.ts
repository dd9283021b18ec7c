/** @module The batch of events that the pipeline makes itself. */
import { EventBatch } from "../event/batch.ts";
import type { JsonObject } from "../lib/json/object.ts";
import type { Stages } from "./configured-stages.ts";
import type { CgroupLimiter, ThrottleChange } from "./limit/cgroup-limiter.ts";
import type { PipelineSettings } from "./settings.ts";

/** Text that goes into one batch before the next one is begun. */
const MAX_BATCH_BYTES = 1024 * 1024;

/** Events without a source. */
export class OwnEvents {
  readonly batch = new EventBatch(new Uint8Array(0));
  readonly #settings: Pick<PipelineSettings, "commonFields" | "counters">;

  constructor(settings: Pick<PipelineSettings, "commonFields" | "counters">) {
    this.#settings = settings;
  }

  /** Forgets what was there. */
  begin(): void {
    this.batch.clear();
  }

  /** Whether the batch should go out before more is added. */
  get isFull(): boolean {
    return this.batch.isFull || this.batch.rewrittenLength > MAX_BATCH_BYTES;
  }

  /** Adds an event. */
  add(event: JsonObject): void {
    this.batch.pushObject(event);
  }

  /** Adds the events that say which cgroups are throttled from now on and which no longer. */
  addThrottleChanges(cgroupLimiter: CgroupLimiter | undefined, now: number): void {
    if (cgroupLimiter === undefined) return;
    cgroupLimiter.poll(now);
    for (const change of cgroupLimiter.takeChanges()) this.#generate(processThrottle, change, now);
  }

  /** Adds the event that says how many others a limit dropped, if it did. */
  addRateLimitInfo(dropped: number, now: number): void {
    if (dropped > 0) this.#generate(rateLimitInfo, dropped, now);
  }

  #generate<T>(
    make: (what: T, commonFields: JsonObject, now: number) => JsonObject,
    what: T,
    now: number,
  ): void {
    const { commonFields, counters } = this.#settings;
    this.add(make(what, commonFields, now));
    counters.generated++;
    counters.accepted++;
  }

  /** Adds aggregated events whose window has ended, as far as there is room and the limit lets them leave. */
  addAggregated({ aggregator, rateLimiter }: Pick<Stages, "aggregator" | "rateLimiter">, now: number): void {
    if (aggregator === undefined) return;
    const { counters } = this.#settings;
    while (!this.isFull) {
      const text = aggregator.next();
      if (text === undefined) return;
      counters.generated++;
      if (rateLimiter !== undefined && !rateLimiter.allow(now)) counters.rate_limited++;
      else {
        this.#addText(text);
        counters.accepted++;
      }
    }
  }

  /** Adds an event as JSON text. */
  #addText(text: string): void {
    const batch = this.batch;
    batch.push(0, 0, 0);
    batch.rewrite(batch.count - 1, text);
  }

  /** The batch, unless it is empty. */
  take(): EventBatch | undefined {
    return this.batch.count === 0 ? undefined : this.batch;
  }
}

/** A `process_throttle` event. @param now Milliseconds since 1970. */
function processThrottle(change: ThrottleChange, commonFields: JsonObject, now: number): JsonObject {
  return { process_throttle: { ...change }, ...commonFields, time: new Date(now).toISOString() };
}

/**
 * A `rate_limit_info` event.
 * @param dropped Events that the limit dropped since the last one.
 * @param commonFields `node_name`, `cluster_name`, `node_labels`.
 * @param now Milliseconds since 1970.
 */
function rateLimitInfo(dropped: number, commonFields: JsonObject, now: number): JsonObject {
  return {
    rate_limit_info: { number_of_dropped_process_events: String(dropped) },
    ...commonFields,
    time: new Date(now).toISOString(),
  };
}
