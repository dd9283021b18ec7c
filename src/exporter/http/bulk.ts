/** @module One request at a time, until each of its events is taken or refused. */

import { promisify } from "node:util";
import { gzip, zstdCompress } from "node:zlib";
import { PieceList } from "../../encoding/piece-list.ts";
import type { LineView } from "../../event/batch.ts";
import { readBody, retryAfterMs } from "../../lib/fetch-answer.ts";
import { explainFetchError, tlsAdvice } from "../../lib/fetch-error.ts";
import type { Bulk, BulkAttempt, BulkOutcome } from "../delivery/bulk.ts";
import { PUSHED, type PushResult } from "../delivery/destination.ts";
import { ItemBuffer } from "../delivery/item-buffer.ts";
import { type Part, RequestParts } from "../delivery/request-parts.ts";
import type { RequestLimits } from "../delivery/request-size.ts";
import { ownCertificateAdvice } from "../tls-files.ts";
import type { Endpoint } from "./endpoint.ts";
import type { BodyFormat } from "./formats.ts";
import type { HttpValues } from "./options.ts";

/** What the bulks of an exporter have found out. */
export interface SharedLimits extends RequestLimits {
  /** A request was taken since the start: one that is refused as a whole is not how all are. */
  hasWorked: boolean;
}

const MAX_PIECES = 8;
/** A request may be cut down so far for being too large. */
const LEAST_BYTES = 4096;
/** Bytes of an answer that are read, and characters of it that are shown. */
const [ANSWER_BYTES, SHOWN] = [256 * 1024, 300];
/** Statuses by which a receiver says that it does not like what is in the request. */
const BAD_STATUSES = new Set([400, 413, 422]);
/** Where nothing has been taken so far, so many events are tried alone: then it is not the events that are bad. */
const MOST_ASIDE = 8;

const compressors = { gzip: promisify(gzip), zstd: promisify(zstdCompress) };

/** Sends one buffer of events. */
export class HttpBulk implements Bulk {
  readonly #values: HttpValues;
  readonly #format: BodyFormat;
  readonly #endpoint: Endpoint;
  readonly #limits: SharedLimits;
  /** Each with what stands between it and the next one. */
  readonly #items: ItemBuffer;
  readonly #pieces = new PieceList(MAX_PIECES);
  readonly #parts: RequestParts;
  #isUnknown = false;
  /** Events that were not taken alone, while nothing has been taken. */
  readonly #aside = new Set<number>();

  constructor(values: HttpValues, format: BodyFormat, endpoint: Endpoint, limits: SharedLimits) {
    this.#values = values;
    this.#format = format;
    this.#endpoint = endpoint;
    this.#limits = limits;
    this.#items = new ItemBuffer(values["http-batch-max-bytes"], values["http-batch-max-size"]);
    this.#parts = new RequestParts(limits, LEAST_BYTES);
  }

  clear(): void {
    this.#items.clear();
    this.#parts.clear();
    this.#aside.clear();
  }

  add(lines: LineView, i: number): boolean {
    const items = this.#items;
    const pieces = this.#pieces;
    pieces.cut(0);
    this.#format.wrap(lines.bufferAt(i), lines.startAt(i), lines.endAt(i) - 1, pieces);
    const { between } = this.#format;
    if (!items.reserve(pieces.bytes + between.length)) return false;
    const end = pieces.copyTo(items.bytes, items.end, 0, pieces.length);
    items.add(end + between.copy(items.bytes, end));
    return true;
  }

  /** An event whose answer was lost may come twice: only the receiver could know. */
  suspect(): void {}

  async push(outcome: BulkOutcome, attempt: BulkAttempt): Promise<PushResult> {
    let result = PUSHED;
    while (outcome.pending > 0 && result.error === undefined)
      result = await this.#pushPart(
        this.#parts.next(outcome, (i) => this.#items.sizeOf(i), this.#aside),
        outcome,
        attempt,
      );
    return result;
  }

  letter(i: number, reason: string): Uint8Array {
    const fields = JSON.stringify({
      "@timestamp": new Date().toISOString(),
      to: this.#endpoint.description,
      reason,
    });
    const ending = Buffer.from("}\n");
    return Buffer.concat([Buffer.from(`${fields.slice(0, -1)},"document":`), this.#itemAt(i), ending]);
  }

  /** Item `i`, without what stands between it and the next one. */
  #itemAt(i: number): Buffer {
    const item = this.#items.from(i, i + 1);
    return item.subarray(0, item.length - this.#format.between.length);
  }

  #bodyOf(part: Part): Buffer<ArrayBuffer> {
    const { open, between, close } = this.#format;
    const [first, last] = [part[0]!, part.at(-1)!];
    const isWhole = last - first + 1 === part.length;
    const items = isWhole
      ? this.#items.from(first, last + 1)
      : Buffer.concat(part.map((i) => this.#items.from(i, i + 1)));
    if (open.length === 0 && close.equals(between)) return items;
    return Buffer.concat([open, items.subarray(0, items.length - between.length), close]);
  }

  /** @returns Without an error: what is pending of the part may be sent again at once, in smaller parts. */
  async #pushPart(part: Part, outcome: BulkOutcome, { signal, onSend }: BulkAttempt): Promise<PushResult> {
    const values = this.#values;
    const compression = values["http-compression"];
    const body = this.#bodyOf(part);
    const size = body.length;
    const packed = compression === "none" ? body : await compressors[compression](body);
    const { headers, tls: own, fetchTls: tls } = await this.#endpoint.identity(this.#isUnknown);
    onSend();
    const late = AbortSignal.timeout(values["http-timeout"]);
    let response: Response;
    let text: string;
    try {
      response = await fetch(this.#endpoint.url, {
        method: values["http-method"].toUpperCase(),
        // Another server must not get the token, nor the events.
        redirect: "manual",
        headers: {
          "content-type": this.#format.contentType,
          ...(compression !== "none" && { "content-encoding": compression }),
          ...headers,
        },
        signal: AbortSignal.any([late, signal]),
        tls,
        body: packed,
      });
      text = (await readBody(response, ANSWER_BYTES)) ?? "";
    } catch (cause) {
      const { why } = explainFetchError(cause, signal);
      const { description } = this.#endpoint;
      const advice = tlsAdvice(cause, "http", description, this.#limits.hasWorked);
      throw new Error(`${description}: ${why}${advice}${await ownCertificateAdvice("http", own)}`, { cause });
    }
    return this.#settle(part, outcome, { response, text, size });
  }

  #settle(
    part: Part,
    outcome: BulkOutcome,
    { response, text, size }: { readonly response: Response; readonly text: string; readonly size: number },
  ): PushResult {
    const { status } = response;
    this.#isUnknown = status === 401 || status === 403;
    if (response.ok) {
      this.#accept(part, outcome);
      this.#parts.taken();
      return PUSHED;
    }
    const error = this.#errorOf(status, text);
    const isTooLarge = status === 413;
    const judged = isTooLarge ? undefined : this.#format.judge?.(text);
    if (!BAD_STATUSES.has(status) || judged === "settings")
      return { error, retryAfterMs: retryAfterMs(response) };
    if (judged === "events") this.#limits.hasWorked = true;
    if (typeof judged === "number" && judged < part.length) {
      this.#accept(part.slice(0, judged), outcome);
      if (this.#limits.hasWorked) {
        outcome.refuse(part[judged]!, error.message);
        return PUSHED;
      }
    }
    if (part.length > 1) {
      this.#parts.halve(size, isTooLarge);
      return PUSHED;
    }
    if (isTooLarge || this.#limits.hasWorked) outcome.refuse(part[0]!, error.message);
    else return this.#putAside(part[0]!, outcome, { error, retryAfterMs: retryAfterMs(response) });
    return PUSHED;
  }

  #accept(part: Part, outcome: BulkOutcome): void {
    if (part.length === 0) return;
    this.#limits.hasWorked = true;
    this.#aside.clear();
    for (const i of part) outcome.accept(i);
  }

  /** While nothing has been taken the settings may be wrong: then no event is refused. If one of the others is taken, they are right. */
  #putAside(i: number, outcome: BulkOutcome, failure: PushResult): PushResult {
    this.#aside.add(i);
    if (this.#aside.size < Math.min(MOST_ASIDE, outcome.pending)) return PUSHED;
    this.#aside.clear();
    return failure;
  }

  #errorOf(status: number, text: string): Error {
    const what = this.#endpoint.masked(text).trim();
    const shown = what.length > SHOWN ? `${what.slice(0, SHOWN)}...` : what;
    const cure = this.#isUnknown ? ": give the right --http-token or --http-headers" : "";
    return new Error(
      `${this.#endpoint.description}: status ${status}${shown === "" ? "" : `, ${shown}`}${cure}`,
    );
  }
}
