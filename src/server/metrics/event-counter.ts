/**
 * @module Counts the events of the bus by what metrics tell apart. A batch is looked at once, after all who want its text:
 * of what the agent saw itself no text is made, and of text only the fields are read that are labels.
 */
import type { EventLines, Subscriber } from "../../component/subscriber.ts";
import type { Encoding } from "../../encoding/encoding.ts";
import { EventBatch } from "../../event/batch.ts";
import { BatchEvents } from "../../event/fetch/batch-events.ts";
import { eventType, isMetadata, KNOWN_TYPES } from "../../event/kind.ts";
import { asObject, type JsonObject } from "../../lib/json/object.ts";
import { type EventPolicy, policyOf, wantedFields } from "./event-policy.ts";
import { EventSeries } from "./event-series.ts";
import type { ProcessLabel, ProcessLabels } from "./options.ts";

/** Of an event whose type the descriptions lack, as in Tetragon. */
const UNHANDLED = "unhandled";
const NO_POLICY = ["", ""] as const;

/** Hands out the batch as it is, and encodes nothing. */
class BatchItself implements Encoding {
  readonly format = "counted";
  batch = new EventBatch(new Uint8Array(0));

  begin(batch: EventBatch): void {
    this.batch = batch;
  }

  encode(): void {}

  encodeAll(): void {}

  get lines(): EventLines {
    return this.batch;
  }
}

/** Counts, by type and by policy. */
export class EventCounter implements Subscriber {
  readonly name = "metrics";
  readonly encoding = new BatchItself();
  /** Own label: the type. */
  readonly events = new EventSeries();
  /** Own labels: policy and hook. */
  readonly policies = new EventSeries();
  /** Events that say nothing of a process. */
  missingProcess = 0;
  /** When the last ones came, milliseconds since 1970; 0 for never. */
  lastAt = 0;
  readonly #labels: ReadonlySet<ProcessLabel>;
  readonly #batchEvents: BatchEvents;
  /** Names of types as Tetragon shows them. */
  readonly #types = new Map<string, readonly [string]>();

  readonly #onInternalError: (error: unknown) => void;

  /** @param labels Those that tell series apart. */
  constructor(labels: readonly ProcessLabel[], onInternalError: (error: unknown) => void) {
    this.#onInternalError = onInternalError;
    this.#labels = new Set(labels);
    this.#batchEvents = new BatchEvents(wantedFields(this.#labels));
  }

  write(): void {
    this.offer();
  }

  offer(): void {
    try {
      this.#countBatch(this.encoding.batch);
    } catch (error) {
      // Whatever becomes of metrics, events go on.
      this.#onInternalError(error);
    }
  }

  ready(): undefined {
    return undefined;
  }

  #countBatch(batch: EventBatch): void {
    const { count, values } = batch;
    const now = performance.now();
    if (count > 0) this.lastAt = Date.now();
    this.#batchEvents.begin(batch);
    for (let i = 0; i < count; i++) {
      const counted = values?.counted;
      if (counted !== undefined && batch.event[i] === undefined && batch.isUnchangedValue(i)) {
        const place = batch.place[i]!;
        this.#count(counted.type(place), this.#has("binary", counted.binary(place)), counted.pod(place), now);
      } else this.#countObject(this.#batchEvents.at(i), now);
    }
  }

  #has(label: ProcessLabel, value: unknown): string {
    return this.#labels.has(label) && typeof value === "string" ? value : "";
  }

  #countObject(event: JsonObject | undefined, now: number): void {
    if (event === undefined || isMetadata(event)) return;
    const type = eventType(event) ?? "";
    const body = asObject(event[type]);
    const process = asObject(body?.process);
    if (process === undefined) this.missingProcess++;
    const pod = asObject(process?.pod);
    this.#count(type, this.#has("binary", process?.binary), pod, now, body && policyOf(type, body));
  }

  #count(type: string, binary: string, pod: JsonObject | undefined, now: number, policy?: EventPolicy): void {
    const labels: ProcessLabels = {
      namespace: this.#has("namespace", pod?.namespace),
      workload: this.#has("workload", pod?.workload),
      pod: this.#has("pod", pod?.name),
      binary,
    };
    const own = this.#typeOf(type);
    this.events.add(own, labels, own, now);
    if (policy !== undefined) this.policies.add([policy.name, policy.hook], labels, NO_POLICY, now);
  }

  #typeOf(type: string): readonly [string] {
    const known = this.#types.get(type);
    if (known !== undefined) return known;
    if (!KNOWN_TYPES.has(type)) return [UNHANDLED];
    const own = [type.toUpperCase()] as const;
    this.#types.set(type, own);
    return own;
  }
}
