/** @module The contract of an enricher: it adds to events what is known elsewhere, such as the pod of a process. */
import type { JsonObject } from "../../lib/json/object.ts";

/**
 * What an enricher says of an event: it has nothing to add; it has added something; or it does not know yet, and the
 * promise settles when asking again makes sense. One promise is for one question: all events that wait for the same
 * answer get the same one, so that no event has a promise of its own. Whether it is fulfilled or rejected says nothing.
 */
export type Enrichment = "nothing" | "added" | Promise<unknown>;

/** Adds to events. @typeParam E What an event is. */
export interface Enricher<E = JsonObject> {
  /** As in the log. */
  readonly name: string;
  /**
   * Adds to `event` what is known at once. It is asked again, with the same event, when an answer has come; and not again
   * once it has said that there is nothing, or has added. Where one answer after the other comes and settles nothing, it is
   * asked with pauses, a bounded number of times for each event; for one key with many events it should remember a failure.
   * @param event May be changed as {@link EventValues.object} says.
   */
  enrich(event: E): Enrichment;
}
