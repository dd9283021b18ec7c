/**
 * @module Counts the events of the bus by what metrics tell apart. A batch is looked at once, after all who want its text:
 * of what the agent saw itself no text is made, and of text only the fields are read that are labels.
 */
import { isUtf8 } from "node:buffer";
import type { EventLines, Subscriber } from "../../component/subscriber.ts";
import type { Encoding } from "../../encoding/encoding.ts";
import { EventBatch, TEXT } from "../../event/batch.ts";
import { withProtoNames } from "../../event/edit/names.ts";
import { EventFetcher } from "../../event/fetch/fetch.ts";
import { eventType, isMetadata, KNOWN_TYPES } from "../../event/kind.ts";
import { decodeLine } from "../../event/parse-line.ts";
import { WholeLines } from "../../event/whole.ts";
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
  readonly #fetcher: EventFetcher;
  /** Names of types as Tetragon shows them. */
  readonly #types = new Map<string, readonly [string]>();

  readonly #onInternalError: (error: unknown) => void;

  /** @param labels Those that tell series apart. */
  constructor(labels: readonly ProcessLabel[], onInternalError: (error: unknown) => void) {
    this.#onInternalError = onInternalError;
    this.#labels = new Set(labels);
    this.#fetcher = new EventFetcher(wantedFields(this.#labels));
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
    const { count, bytes, values } = batch;
    const now = performance.now();
    if (count > 0) this.lastAt = Date.now();
    let lines: WholeLines | undefined;
    if (values === undefined) {
      lines = new WholeLines(bytes, isUtf8(textOf(batch)));
      this.#fetcher.begin(bytes);
    }
    for (let i = 0; i < count; i++) {
      const counted = values?.counted;
      if (counted !== undefined && batch.event[i] === undefined && batch.isUnchangedValue(i)) {
        const place = batch.place[i]!;
        this.#count(counted.type(place), this.#has("binary", counted.binary(place)), undefined, now);
      } else this.#countObject(this.#objectAt(batch, i, lines), now);
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

  #objectAt(batch: EventBatch, i: number, lines: WholeLines | undefined): JsonObject | undefined {
    const { event, text, start, end, place, values } = batch;
    if (event[i] !== undefined) return event[i];
    if (batch.isUnchangedValue(i)) return values!.object(place[i]!);
    if (text[i] === TEXT.read && lines?.isWhole(start[i]!, end[i]!) === true)
      return this.#fetcher.fetch(start[i]!);
    try {
      return withProtoNames(decodeLine(batch, i));
    } catch {
      // Nobody has validated it.
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
