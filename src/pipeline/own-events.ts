/** @module The batch of events that the pipeline makes itself. */
import { EventBatch } from "../event/batch.ts";
import type { JsonObject } from "../lib/json/object.ts";
import type { ThrottleChange } from "./limit/cgroup-limiter.ts";

/** Text that goes into one batch before the next one is begun. */
const MAX_BATCH_BYTES = 1024 * 1024;

/** Events without a source. */
export class OwnEvents {
  readonly batch = new EventBatch(new Uint8Array(0));

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

  /** Adds an event as JSON text. */
  addText(text: string): void {
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
export function processThrottle(change: ThrottleChange, commonFields: JsonObject, now: number): JsonObject {
  return { process_throttle: { ...change }, ...commonFields, time: new Date(now).toISOString() };
}

/**
 * A `rate_limit_info` event.
 * @param dropped Events that the limit dropped since the last one.
 * @param commonFields `node_name`, `cluster_name`, `node_labels`.
 * @param now Milliseconds since 1970.
 */
export function rateLimitInfo(dropped: number, commonFields: JsonObject, now: number): JsonObject {
  return {
    rate_limit_info: { number_of_dropped_process_events: String(dropped) },
    ...commonFields,
    time: new Date(now).toISOString(),
  };
}
