/** @module Which events of a batch one subscriber gets: the tests of the export filters, on events that stay as they are. */
import { isUtf8 } from "node:buffer";
import type { EventFilter } from "../../component/subscriber.ts";
import { type EventBatch, TEXT } from "../../event/batch.ts";
import { withProtoNames } from "../../event/edit/names.ts";
import { EventFetcher } from "../../event/fetch/fetch.ts";
import { WantedFields } from "../../event/fetch/wanted.ts";
import { decodeLine } from "../../event/parse-line.ts";
import { WholeLines } from "../../event/whole.ts";
import type { JsonObject } from "../../lib/json/object.ts";
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
  readonly #fetcher: EventFetcher;
  readonly #subject = new Subject();

  constructor(predicate: Predicate, wanted: WantedFields) {
    this.#predicate = predicate;
    this.#fetcher = new EventFetcher(wanted);
  }

  select(batch: EventBatch, numbers: Uint16Array): number {
    const { bytes, count } = batch;
    let lines: WholeLines | undefined;
    if (batch.values === undefined) {
      lines = new WholeLines(bytes, isUtf8(textOf(batch)));
      this.#fetcher.begin(bytes);
    }
    let selected = 0;
    for (let i = 0; i < count; i++) {
      const event = this.#eventAt(batch, i, lines);
      if (event === undefined) continue;
      this.#subject.set(event);
      if (this.#predicate(this.#subject)) numbers[selected++] = i;
    }
    this.filtered += count - selected;
    return selected;
  }

  /** @returns `undefined` for a line that is no event, which nobody has validated. */
  #eventAt(batch: EventBatch, i: number, lines: WholeLines | undefined): JsonObject | undefined {
    const { event, text, start, end } = batch;
    if (event[i] !== undefined) return event[i];
    if (text[i] === TEXT.ofValue) return batch.values!.object(start[i]!);
    if (text[i] === TEXT.read && lines?.isWhole(start[i]!, end[i]!) === true)
      return this.#fetcher.fetch(start[i]!);
    try {
      return withProtoNames(decodeLine(batch, i));
    } catch {
      return undefined;
    }
  }
}

/** The part of the batch's bytes that its lines lie in. */
function textOf({ bytes, count, start, end, text }: EventBatch): Uint8Array {
  let from = bytes.length;
  let to = 0;
  for (let i = 0; i < count; i++) {
    if (text[i] !== TEXT.read) continue;
    from = Math.min(from, start[i]!);
    to = Math.max(to, end[i]!);
  }
  return bytes.subarray(from, Math.max(from, to));
}
