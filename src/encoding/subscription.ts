/** @module What a subscriber tells the bus of itself. */
import type { EventFilter, EventStages, Subscriber } from "../component/subscriber.ts";
import type { Encoding } from "./encoding.ts";

/** How a subscriber wants its events. */
export interface SubscriptionSettings {
  /** What it gets is encoded by this; subscribers that share one share its work. */
  readonly encoding: Encoding;
  /** Which events it gets, as they are. @default all */
  readonly filter?: EventFilter;
  /**
   * Stages of its own, which may change events: they work on a copy of each batch, and {@link encoding} is for this
   * subscriber alone. @default none
   */
  readonly stages?: EventStages;
}

/** Where events may be subscribed to. */
export interface EventBus {
  /** Seats a subscriber. @returns A function by which it leaves; idempotent. */
  join(subscriber: Subscriber, settings: SubscriptionSettings): () => void;
}
