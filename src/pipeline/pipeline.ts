/**
 * @module The pipeline: the one place that says in which order the stages run, and why.
 *
 * Stages work on events as objects: decoded from bytes, or, of what the agent saw itself, made of the value.
 *
 * 1. Decode and validate. What is not an event has no fields to look at.
 * 2. Limit the rate of each cgroup, by its container id alone: what one container floods the host with costs no more
 *    than this, and cannot use up what the others may send.
 * 3. Redact. A security boundary, so it comes before anything that can copy, log, hold or export a string.
 *    Filters see redacted arguments, as in Tetragon, which redacts when it first sees a process.
 * 4. Enrich values with what is known elsewhere, which may have to be waited for. Before the filters, which may ask for
 *    it; after redaction, since what waits is held.
 * 5. Export filters: most events end here, so what follows need not be fast for all.
 * 6. Field filters, after the export filters, which may need the fields that are taken out.
 * 7. Aggregate. After the field filters: events often differ only in fields that nobody wants.
 * 8. Limit the rate of what would leave, so that an aggregated event counts once.
 *
 * Stages change copies, which share with the event what they leave as it is. In an event that came as text, what differs
 * is edited in the text; of a value, text is made once, when an exporter wants it. Text that certainly says one valid event and
 * no more is not decoded: undecoded.ts fetches the fields that stages ask for.
 */
import type { EventBatch } from "../event/batch.ts";
import { type DecodeSettings, decodeBatch, type OnInvalid, validateBatch } from "../event/decode.ts";
import { encode } from "../event/encode.ts";
import { isMetadata } from "../event/kind.ts";
import type { JsonObject } from "../lib/json/object.ts";
import { createStages, type Stages } from "./configured-stages.ts";
import { editLine, lineBuffer } from "./event-text.ts";
import { pidOf } from "./filter/process.ts";
import { createInvalidReporter } from "./invalid.ts";
import { isLimited } from "./limit/cgroup-limiter.ts";
import { OwnEvents } from "./own-events.ts";
import { asksForStages, createPlainPipeline } from "./plain-pipeline.ts";
import type { Redactor } from "./redact/redactor.ts";
import type { Pipeline, PipelineSettings } from "./settings.ts";
import { Subject, stringField } from "./subject.ts";
import { UndecodedEvents } from "./undecoded.ts";

export type { Pipeline } from "./settings.ts";

/**
 * Makes the pipeline that `settings` describe.
 * @throws TetradError with every problem of the filter options, one after another.
 */
export function createPipeline(settings: PipelineSettings): Pipeline {
  return asksForStages(settings)
    ? new StagedPipeline(settings, createStages(settings))
    : createPlainPipeline(settings, validateBatch);
}

/** How often held events and reports are looked for, milliseconds. */
const POLL_INTERVAL_MS = 1000;

class StagedPipeline implements Pipeline {
  readonly pollIntervalMs: number | undefined;
  readonly #settings: PipelineSettings;
  readonly #stages: Stages;
  readonly #onInvalid: OnInvalid;
  readonly #decoding: DecodeSettings;
  readonly #subject = new Subject();
  readonly #own: OwnEvents;
  readonly #undecoded: UndecodedEvents;
  /** The event at hand: as it came, and as the stages have left it so far. */
  #original: JsonObject = {};
  #event: JsonObject = {};
  /** Whether it is what was fetched of an undecoded one. */
  #isUndecoded = false;
  /** Of a value: whether a stage has changed it in place, and its text once a stage needed it. */
  #isEnriched = false;
  #text: string | undefined;

  constructor(settings: PipelineSettings, stages: Stages) {
    this.#settings = settings;
    this.#stages = stages;
    this.#own = new OwnEvents(settings);
    this.#undecoded = new UndecodedEvents(stages);
    this.#onInvalid = createInvalidReporter(settings.onInvalid, stages.redactor !== undefined);
    this.#decoding = {
      isExamined: true,
      isLazy: true,
      onError: settings.onInternalError,
      onCutOff: () => settings.counters.read++,
    };
    const { aggregator, rateLimiter, cgroupLimiter, waitingRoom } = stages;
    if ([aggregator, rateLimiter, cgroupLimiter, waitingRoom].some((stage) => stage !== undefined)) {
      const { aggregation, enrichment } = settings;
      this.pollIntervalMs = Math.min(
        POLL_INTERVAL_MS,
        aggregation?.windowMs ?? POLL_INTERVAL_MS,
        enrichment?.timeoutMs ?? POLL_INTERVAL_MS,
      );
    }
  }

  get isDue(): boolean {
    return this.#stages.waitingRoom?.isDue === true;
  }

  process(batch: EventBatch): void {
    const { validate, counters, clock } = this.#settings;
    // Stages need fields even where nobody asked for validation.
    if (batch.values === undefined) {
      const mode = validate === "off" ? "syntax" : validate;
      counters.invalid += decodeBatch(batch, mode, this.#onInvalid, this.#decoding);
      this.#undecoded.begin(batch);
    }
    const now = clock();
    const { count } = batch;
    let kept = 0;
    for (let i = 0; i < count; i++) {
      const isUndecoded = batch.event[i] === undefined && !batch.isValue(i);
      if (isUndecoded && !this.#undecoded.concernsStages(batch, i)) {
        batch.move(i, kept++);
        continue;
      }
      if (!this.#runStages(batch, i, now)) continue;
      batch.move(i, kept);
      if (this.#isUndecoded) batch.event[kept] = undefined;
      else if (!batch.isValue(kept) || !this.#isChanged) batch.event[kept] = this.#event;
      else if (this.#text === undefined) batch.change(kept, this.#event);
      else batch.rewrite(kept, this.#text);
      kept++;
    }
    for (let i = kept; i < count; i++) batch.event[i] = undefined;
    batch.count = kept;
    counters.accepted += kept;
  }

  poll(now: number): EventBatch | undefined {
    this.#own.begin();
    this.#stages.waitingRoom?.settle(now);
    this.#addEnriched(now);
    this.#own.addThrottleChanges(this.#stages.cgroupLimiter, now);
    this.#own.addRateLimitInfo(this.#stages.rateLimiter?.takeDue(now) ?? 0, now);
    this.#stages.aggregator?.endDueWindow(now);
    this.#own.addAggregated(this.#stages, now);
    return this.#own.take();
  }

  flush(): EventBatch | undefined {
    const now = this.#settings.clock();
    this.#own.begin();
    this.#stages.waitingRoom?.giveUpAll();
    this.#addEnriched(now);
    // What a cgroup's limit dropped since the last poll has to be said, too.
    this.#own.addThrottleChanges(this.#stages.cgroupLimiter, now);
    this.#stages.aggregator?.endWindow();
    this.#own.addAggregated(this.#stages, now);
    // Last of all, so that it counts what the limit dropped of the rest.
    if (!this.#own.isFull) this.#own.addRateLimitInfo(this.#stages.rateLimiter?.takeAll() ?? 0, now);
    return this.#own.take();
  }

  close(): void {
    this.#stages.aggregator?.close();
  }

  /** Runs all stages on event `i`. @returns Whether it goes on; if not, it has been counted, or waits. */
  #runStages(batch: EventBatch, i: number, now: number): boolean {
    this.#text = undefined;
    this.#isEnriched = false;
    try {
      this.#event = this.#original = this.#eventAt(batch, i);
      if (!batch.isValue(i) && !this.#isUndecoded && isMetadata(this.#event)) {
        this.#settings.counters.metadata++;
        return true;
      }
      return this.#admit(batch, i, now) && this.#runFilters(batch, i, now);
    } catch (error) {
      this.#settings.onInternalError(error);
      return false;
    }
  }

  #eventAt(batch: EventBatch, i: number): JsonObject {
    const event = batch.event[i];
    this.#isUndecoded = event === undefined && !batch.isValue(i);
    if (this.#isUndecoded) return this.#undecoded.eventAt(batch, i);
    return event ?? batch.values!.object(batch.start[i]!);
  }

  get #isChanged(): boolean {
    return this.#isEnriched || this.#event !== this.#original;
  }

  /** The stages before the filters. @returns Whether the event goes on at once. */
  #admit(batch: EventBatch, i: number, now: number): boolean {
    const { redactor, cgroupLimiter, waitingRoom } = this.#stages;
    const subject = this.#subject;
    if (cgroupLimiter !== undefined) {
      subject.set(this.#event);
      const { type, process } = subject;
      const container = process !== undefined && isLimited(type) ? stringField(process, "docker") : "";
      if (container !== "" && !cgroupLimiter.allow(container, now)) {
        this.#settings.counters.rate_limited++;
        return false;
      }
    }
    if (redactor !== undefined && !this.#redact(redactor, batch, i)) return this.#dropInvalid(batch, i);
    // What came as bytes is another agent's event, which that one has enriched.
    if (waitingRoom === undefined || !batch.isValue(i)) return true;
    subject.set(this.#event);
    if (subject.process === undefined) return true;
    const admission = waitingRoom.add(pidOf(subject.process), this.#event, now);
    if (admission === "changed") this.#isEnriched = true;
    return admission !== "held";
  }

  /** The filters and what comes after them. */
  #runFilters(batch: EventBatch, i: number, now: number): boolean {
    const { exportFilter, fieldRules, aggregator, rateLimiter } = this.#stages;
    const { counters } = this.#settings;
    this.#subject.set(this.#event);
    if (exportFilter !== undefined && !exportFilter(this.#subject)) {
      counters.filtered++;
      return false;
    }
    if (this.#isUndecoded) this.#undecoded.edit(batch, i, this.#original, this.#event);
    else if (fieldRules !== undefined) {
      const { typeNumber } = this.#subject;
      for (const rule of fieldRules) this.#event = rule.apply(this.#event, typeNumber);
    }
    if (!batch.isValue(i) && !this.#isUndecoded && this.#event !== this.#original)
      editLine(batch, i, this.#original, this.#event);
    if (aggregator !== undefined && aggregator.add(this.#event, this.#currentText(batch, i)) !== "passed") {
      counters.aggregated++;
      return false;
    }
    if (rateLimiter === undefined || rateLimiter.allow(now)) return true;
    counters.rate_limited++;
    return false;
  }

  #dropInvalid(batch: EventBatch, i: number): false {
    this.#settings.counters.invalid++;
    this.#onInvalid(batch.bufferAt(i), batch.start[i]!, batch.end[i]!, "event cannot be processed");
    return false;
  }

  /** @returns Whether the event may go on. */
  #redact(redactor: Redactor, batch: EventBatch, i: number): boolean {
    if (this.#isUndecoded && !this.#undecoded.mayHoldSecrets) return true;
    const isKnown = this.#isUndecoded || batch.isValue(i);
    const redacted = redactor.redact(this.#event, isKnown ? undefined : lineBuffer(batch, i));
    if (redacted === undefined) return false;
    this.#event = redacted;
    return true;
  }

  /** The text of the event as it would leave. */
  #currentText(batch: EventBatch, i: number): string {
    if (batch.isValue(i)) {
      this.#text ??= encode(this.#event);
      return this.#text;
    }
    const line = lineBuffer(batch, i);
    return line.toString("utf8", 0, line.length - 1);
  }

  /** Runs what no longer waits through the other stages. */
  #addEnriched(now: number): void {
    const { waitingRoom } = this.#stages;
    if (waitingRoom === undefined) return;
    const { batch } = this.#own;
    while (!this.#own.isFull) {
      const event = waitingRoom.take();
      if (event === undefined) return;
      this.#own.add(event);
      if (this.#passes(batch, batch.count - 1, event, now)) this.#settings.counters.accepted++;
      else batch.count--;
    }
  }

  #passes(batch: EventBatch, i: number, event: JsonObject, now: number): boolean {
    this.#event = this.#original = event;
    this.#text = undefined;
    this.#isEnriched = true;
    this.#isUndecoded = false;
    try {
      if (!this.#runFilters(batch, i, now)) return false;
      if (this.#event !== event) batch.change(i, this.#event);
      return true;
    } catch (error) {
      this.#settings.onInternalError(error);
      return false;
    }
  }
}
