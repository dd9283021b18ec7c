/** @module Which events of a batch one subscriber gets: the tests of the export filters, on events that stay as they are. */
import type { EventFilter } from "../../component/subscriber.ts";
import type { EventBatch } from "../../event/batch.ts";
import { BatchEvents } from "../../event/fetch/batch-events.ts";
import { WantedFields } from "../../event/fetch/wanted.ts";
import { Problems } from "../config/problems.ts";
import { Subject } from "../subject.ts";
import { createExportFilter, type ExportFilterSettings } from "./export-filter.ts";
import type { Predicate } from "./predicate.ts";

/** The lists of one subscriber. */
export type EventSelectorSettings = Omit<ExportFilterSettings, "wanted">;

/**
 * Compiles both lists.
 * @returns `undefined` when both are empty: all events are selected.
 * @throws TetradError with every problem of the lists.
 */
export function createEventSelector(settings: EventSelectorSettings): EventSelector | undefined {
  const problems = new Problems();
  const wanted = new WantedFields();
  const predicate = createExportFilter({ ...settings, wanted }, problems);
  problems.throwIfAny();
  return predicate && new EventSelector(predicate, wanted);
}

/** Selects events. Text that certainly says one valid event is not decoded: what the tests ask for is fetched out of it. */
export class EventSelector implements EventFilter {
  /** Events that were not selected. */
  filtered = 0;
  readonly #predicate: Predicate;
  readonly #events: BatchEvents;
  readonly #subject = new Subject();

  constructor(predicate: Predicate, wanted: WantedFields) {
    this.#predicate = predicate;
    this.#events = new BatchEvents(wanted);
  }

  select(batch: EventBatch, numbers: Uint16Array): number {
    const { count } = batch;
    this.#events.begin(batch);
    let selected = 0;
    for (let i = 0; i < count; i++) {
      const event = this.#events.at(i);
      if (event === undefined) continue;
      this.#subject.set(event);
      if (this.#predicate(this.#subject)) numbers[selected++] = i;
    }
    this.filtered += count - selected;
    return selected;
  }
}
