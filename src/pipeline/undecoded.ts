/**
 * @module Events that came as text and stay text. Of the fields that a stage may look at each is fetched out of the line, and
 * what stages change is edited in there: the same as if the event had been decoded.
 */
import type { EventBatch } from "../event/batch.ts";
import { scannable } from "../event/edit/scannable.ts";
import { EventFetcher } from "../event/fetch/fetch.ts";
import { WantedFields } from "../event/fetch/wanted.ts";
import type { JsonObject } from "../lib/json/object.ts";
import type { Stages } from "./configured-stages.ts";
import { FieldCutter } from "./fields/field-cutter.ts";
import { LiteralSearch } from "./redact/literal-search.ts";

/** Of an event that no stage looks at. */
const NOTHING: JsonObject = {};

/** The undecoded events of one batch after another. */
export class UndecodedEvents {
  /** What all stages but redaction ask for; `undefined` when they ask for nothing, not even for the event's type. */
  readonly #fetcher: EventFetcher | undefined;
  /** What redaction asks for, too. */
  readonly #secretsFetcher: EventFetcher | undefined;
  /** Finds the lines that may hold secrets, where there are texts to search for. */
  readonly #search: LiteralSearch | undefined;
  readonly #cutter: FieldCutter | undefined;
  /** Whether a stage other than redaction looks at events. */
  readonly #isAsked: boolean;
  /** Whether the event at hand may hold what has to be redacted, so that fields were fetched for that. */
  mayHoldSecrets = false;

  constructor(stages: Stages) {
    const { wanted, redactor, exportFilter, cgroupLimiter, aggregator, fieldRules, rateLimiter } = stages;
    const isAsked = exportFilter !== undefined || cgroupLimiter !== undefined || aggregator !== undefined;
    this.#isAsked = isAsked || fieldRules !== undefined || rateLimiter !== undefined;
    this.#fetcher = isAsked ? new EventFetcher(wanted) : undefined;
    if (redactor !== undefined) {
      const all = new WantedFields(wanted);
      redactor.addWanted(all);
      const search = redactor.literals && new LiteralSearch(redactor.literals);
      this.#search = search;
      // A text without any of these is not redacted, and nobody else looks at it.
      const isSearched = search !== undefined && !isAsked && !redactor.looksAtBinaries;
      this.#secretsFetcher = new EventFetcher(
        all,
        isSearched ? (start, end) => search.mayHold(start, end) : undefined,
      );
    }
    this.#cutter = fieldRules && new FieldCutter(fieldRules);
  }

  /** Begins with the lines of `batch`. */
  begin({ bytes, count, start, end, hasNumbered }: EventBatch): void {
    this.#fetcher?.begin(bytes);
    this.#secretsFetcher?.begin(bytes);
    if (this.#search === undefined) return;
    let first = bytes.length;
    let last = 0;
    for (let i = 0; i < count; i++) {
      first = Math.min(first, start[i]!);
      last = Math.max(last, end[i]!);
    }
    this.#search.begin(bytes, first, Math.min(last, bytes.length), hasNumbered);
  }

  /** Whether a stage has to look at line `i`. */
  concernsStages({ start, end }: EventBatch, i: number): boolean {
    return this.#isAsked || this.#search === undefined || this.#search.mayHold(start[i]!, end[i]!);
  }

  /** The event of line `i`, with what the stages may look at. */
  eventAt({ start, end }: EventBatch, i: number): JsonObject {
    const from = start[i]!;
    this.mayHoldSecrets =
      this.#secretsFetcher !== undefined && (this.#search?.mayHold(from, end[i]!) ?? true);
    const fetcher = this.mayHoldSecrets ? this.#secretsFetcher : this.#fetcher;
    return fetcher === undefined ? NOTHING : fetcher.fetch(from);
  }

  /** Makes line `i`, of which `before` was fetched last, what the stages make of it. @param after What redaction left. */
  edit(batch: EventBatch, i: number, before: JsonObject, after: JsonObject): void {
    if (before !== after && this.#secretsFetcher !== undefined) {
      const { bytes, start, end } = batch;
      batch.edit(i, { bytes, start: start[i]!, end: end[i]! }, this.#secretsFetcher.editsOf(before, after));
    }
    if (this.#cutter === undefined) return;
    const line = scannable(batch.bufferAt(i), batch.start[i]!, batch.end[i]!);
    const edits = this.#cutter.editsOf(line, line.start);
    if (edits.length > 0) batch.edit(i, line, edits);
  }
}
