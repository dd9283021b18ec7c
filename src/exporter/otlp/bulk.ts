/** @module Log records that are sent together, until each is taken or refused. */
import type { ConsolaInstance } from "consola";
import { bodyOf } from "../../encoding/otlp/read.ts";
import type { RecordEncoder } from "../../encoding/otlp/record.ts";
import { type Head, headBytes, requestOf, writeHead } from "../../encoding/otlp/request.ts";
import type { SpanContext } from "../../encoding/otlp/span.ts";
import { addSpanContext, SPAN_CONTEXT_BYTES } from "../../encoding/otlp/span-context.ts";
import type { LineView } from "../../event/batch.ts";
import { asBuffer } from "../../lib/bytes.ts";
import type { Throttle } from "../../telemetry/throttle.ts";
import type { Bulk, BulkAttempt, BulkOutcome, LineId } from "../delivery/bulk.ts";
import { PUSHED, type PushResult } from "../delivery/destination.ts";
import { ItemBuffer } from "../delivery/item-buffer.ts";
import { type Part, RequestParts } from "../delivery/request-parts.ts";
import type { RequestLimits } from "../delivery/request-size.ts";
import type { Transport, Verdict } from "./transport.ts";

/** What the bulks of an exporter share. */
export interface BulkSurroundings extends RequestLimits {
  readonly name: string;
  readonly transport: Transport;
  readonly encoder: RecordEncoder;
  /** Who is speaking. @param metadata The metadata event, where one comes by. */
  head(metadata?: Uint8Array): Head;
  readonly maxItems: number;
  /** Takes each event, once it is part of a bulk. @returns The span that its record belongs to. */
  readonly onEvent?: ((lines: LineView, i: number) => SpanContext | undefined) | undefined;
  /** For what receivers say of requests that they took. */
  readonly warnings: Throttle;
  readonly log: ConsolaInstance;
}

/** A request may be cut down so far for being too large. */
const LEAST_BYTES = 4096;
/** Resources are a few hundred bytes; before a larger one records are copied. */
const HEAD_ROOM = 4096;
/** Room for a record beside its event, at first. */
const RECORD_BYTES = 1024;
/** Requests of one record that are refused one after the other: then it is not the records that are wrong. */
const MOST_ALONE = 8;

/** Sends one buffer of records. */
export class OtlpBulk implements Bulk {
  readonly #shared: BulkSurroundings;
  readonly #items: ItemBuffer;
  readonly #parts: RequestParts;
  /** Requests of one record that were refused since one was taken. */
  #alone = 0;

  constructor(shared: BulkSurroundings) {
    this.#shared = shared;
    this.#items = new ItemBuffer(shared.maxBytes, shared.maxItems, HEAD_ROOM);
    this.#parts = new RequestParts(shared, LEAST_BYTES);
  }

  clear(): void {
    this.#items.clear();
    this.#parts.clear();
    this.#alone = 0;
  }

  add(lines: LineView, i: number, _id: LineId, isMetadata: boolean): boolean {
    const items = this.#items;
    if (isMetadata) this.#shared.head(lines.bufferAt(i).subarray(lines.startAt(i), lines.endAt(i)));
    const { encoder, onEvent } = this.#shared;
    const behind = onEvent === undefined ? 0 : SPAN_CONTEXT_BYTES;
    let room = lines.endAt(i) - lines.startAt(i) + RECORD_BYTES;
    for (;;) {
      if (!items.reserve(room)) return false;
      const start = items.end;
      const end = encoder.encodeOf(lines, i, items.bytes, start);
      if (end + behind <= items.bytes.length) {
        const span = isMetadata ? undefined : onEvent?.(lines, i);
        items.add(span === undefined ? end : addSpanContext(items.bytes, start, end, span));
        return true;
      }
      room = end + behind - start;
    }
  }

  /** A record whose answer was lost may come twice: only the receiver could know. */
  suspect(): void {}

  async push(outcome: BulkOutcome, attempt: BulkAttempt): Promise<PushResult> {
    let result = PUSHED;
    while (outcome.pending > 0 && result.error === undefined)
      result = await this.#pushPart(
        this.#parts.next(outcome, (i) => this.#items.sizeOf(i)),
        outcome,
        attempt,
      );
    return result;
  }

  letter(i: number, reason: string): Uint8Array {
    const fields = JSON.stringify({
      "@timestamp": new Date().toISOString(),
      to: this.#shared.transport.description,
      reason,
    });
    const document = bodyOf(this.#items.from(i, i + 1));
    return Buffer.from(`${fields.slice(0, -1)},"document":${document}}\n`);
  }

  /** @returns Without an error: what is pending of the part may be sent again at once, in smaller parts. */
  async #pushPart(part: Part, outcome: BulkOutcome, { signal, onSend }: BulkAttempt): Promise<PushResult> {
    const [first, last] = [part[0]!, part.at(-1)!];
    const isWhole = last - first + 1 === part.length;
    const records = isWhole
      ? [this.#items.from(first, last + 1)]
      : part.map((i) => this.#items.from(i, i + 1));
    const head = this.#shared.head();
    const body = (isWhole && first === 0 && this.#inPlace(head, last + 1)) || requestOf(head, records);
    onSend();
    const verdict = await this.#shared.transport.send(body, signal);
    return this.#settle(part, outcome, verdict, body.length);
  }

  /** A request with the first `end` records, in the memory that they are in. @returns Nothing where there is no room before them. */
  #inPlace(head: Head, end: number): Buffer<ArrayBuffer> | undefined {
    const recordBytes = this.#items.from(0, end).length;
    const body = this.#items.withHead(headBytes(head, recordBytes), end);
    if (body !== undefined) writeHead(body, head, recordBytes);
    return body;
  }

  #settle(part: Part, outcome: BulkOutcome, verdict: Verdict, size: number): PushResult {
    switch (verdict.kind) {
      case "later":
        return { error: verdict.error, retryAfterMs: verdict.retryAfterMs };
      case "taken":
        this.#alone = 0;
        this.#parts.taken();
        this.#take(part, outcome, verdict);
        return PUSHED;
      case "refused":
        this.#refuse(part, outcome, verdict, size);
        return PUSHED;
    }
  }

  /** Which records were rejected nobody says: so many of the last ones are counted, and none is sent again. */
  #take(part: Part, outcome: BulkOutcome, { rejected, message }: Verdict & { kind: "taken" }): void {
    const refused = Math.min(rejected, part.length);
    if (refused > 0 || message !== "") this.#warn(refused, message);
    const taken = part.length - refused;
    for (const i of part.slice(0, taken)) outcome.accept(i);
    const which = taken === 0 ? "" : ` of ${part.length}, which of them it does not say`;
    for (const i of part.slice(taken))
      outcome.refuse(i, `the receiver rejected ${refused}${which}: ${message}`);
  }

  #warn(rejected: number, message: string): void {
    const { warnings, log, name, transport } = this.#shared;
    const repeated = warnings.pass();
    if (repeated === undefined) return;
    const what = rejected > 0 ? "Receiver rejected some of the records" : "Receiver has a warning";
    log.warn(what, { exporter: name, to: transport.description, rejected, message, ...repeated });
  }

  #refuse(part: Part, outcome: BulkOutcome, verdict: Verdict & { kind: "refused" }, size: number): void {
    const { error, isTooLarge } = verdict;
    if (part.length > 1) {
      this.#parts.halve(Math.min(size, this.#bytesOf(part)), isTooLarge);
      return;
    }
    this.#alone++;
    outcome.refuse(part[0]!, error.message);
    if (this.#alone < MOST_ALONE) return;
    for (let i = 0; i < outcome.length; i++) outcome.refuse(i, error.message);
  }

  #bytesOf(part: Part): number {
    return part.reduce((sum, i) => sum + this.#items.sizeOf(i), 0);
  }
}

/** The bytes of a line of metadata, as an object. */
export function readMetadata(line: Uint8Array): Readonly<Record<string, unknown>> {
  return JSON.parse(asBuffer(line).utf8Slice(0, line.length)) as Record<string, unknown>;
}
