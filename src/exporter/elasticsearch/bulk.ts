/**
 * @module One bulk request at a time, until each of its documents is taken or refused.
 *
 * A request whose answer was lost may have been done. Its ids make a second try harmless, as long as it goes to the same
 * index: one that a rollover has put in its place does not know them, and a rollover may come while the second try is on its
 * way. So before such a request is sent again, it is waited for until the cluster works on it no more, and its ids are looked
 * for in all indices behind the name.
 */
import { gzip } from "node:zlib";
import type { LineView } from "../../event/batch.ts";
import { answerError, type ClusterAnswer } from "../../lib/elasticsearch/answer.ts";
import type { Cluster } from "../../lib/elasticsearch/cluster.ts";
import { ClusterError } from "../../lib/elasticsearch/error.ts";
import type { Bulk, BulkAttempt, BulkOutcome, LineId } from "../delivery/bulk.ts";
import { PUSHED, type PushResult } from "../delivery/destination.ts";
import { type Part, RequestParts } from "../delivery/request-parts.ts";
import type { RequestLimits } from "../delivery/request-size.ts";
import { FILTER_PATH, readBulkAnswer } from "./bulk-answer.ts";
import type { BulkBuffer } from "./bulk-buffer.ts";
import type { OpenRequests } from "./open-requests.ts";
import type { Target } from "./target.ts";

/** What the bulks of an exporter share. */
export interface BulkSurroundings extends RequestLimits {
  readonly cluster: Cluster;
  readonly target: Target;
  readonly requests: OpenRequests;
  readonly compresses: boolean;
  /** A request was taken since the start: one that is refused as a whole is not how all are. */
  hasWorked: boolean;
  /** Called when the cluster does not know who the agent is. */
  readonly onUnknown: () => void;
}

/** Bytes of an answer: so much at most, and so much more for each document. */
const [ANSWER_BYTES, ANSWER_BYTES_EACH] = [1024 * 1024, 16 * 1024];
/** A request may be cut down so far for being too large. */
const LEAST_BYTES = 64 * 1024;

/** Sends one buffer of documents. */
export class ElasticsearchBulk implements Bulk {
  readonly #buffer: BulkBuffer;
  readonly #shared: BulkSurroundings;
  readonly #headers: Readonly<Record<string, string>>;
  /** Whether an earlier try may have been done. */
  #isUncertain = false;
  readonly #parts: RequestParts;

  constructor(buffer: BulkBuffer, shared: BulkSurroundings) {
    this.#buffer = buffer;
    this.#shared = shared;
    this.#headers = shared.requests.nextHeaders();
    this.#parts = new RequestParts(shared, LEAST_BYTES);
  }

  clear(): void {
    this.#buffer.clear();
    this.#isUncertain = false;
    this.#parts.clear();
  }

  add(lines: LineView, i: number, id: LineId): boolean {
    return this.#buffer.add(lines, i, id);
  }

  suspect(): void {
    this.#isUncertain = true;
  }

  async push(outcome: BulkOutcome, attempt: BulkAttempt): Promise<PushResult> {
    const { target, requests } = this.#shared;
    await target.check(attempt.signal);
    await requests.check(attempt.signal);
    if (this.#isUncertain) await this.#findOut(outcome, attempt.signal);
    let result = PUSHED;
    while (outcome.pending > 0 && result.error === undefined)
      result = await this.#pushPart(
        this.#parts.next(outcome, (i) => this.#buffer.sizeOf(i)),
        outcome,
        attempt,
      );
    return result;
  }

  letter(i: number, reason: string): Uint8Array {
    const fields = JSON.stringify({
      "@timestamp": new Date().toISOString(),
      index: this.#shared.target.name,
      reason,
    });
    const document = this.#buffer.document(i);
    return Buffer.concat([Buffer.from(`${fields.slice(0, -1)},"document":`), document, Buffer.from("}\n")]);
  }

  /** Accepts what an earlier try has put into any index behind the name. */
  async #findOut(outcome: BulkOutcome, signal: AbortSignal): Promise<void> {
    const { target, requests } = this.#shared;
    if (target.isHidden) return;
    await requests.ended(this.#headers, signal);
    const pending: number[] = [];
    for (let i = 0; i < outcome.length; i++) if (outcome.isPending(i)) pending.push(i);
    const found = await target.find(
      pending.map((i) => this.#buffer.idOf(i)),
      signal,
    );
    for (const i of pending) if (found.has(this.#buffer.idOf(i))) outcome.accept(i);
  }

  /** @returns Without an error: what is pending of the part may be sent again at once, in smaller parts. */
  async #pushPart(part: Part, outcome: BulkOutcome, { signal, onSend }: BulkAttempt): Promise<PushResult> {
    const { cluster, target, compresses } = this.#shared;
    const body = this.#buffer.bodyOf(part);
    const packed = compresses ? await compress(body) : body;
    onSend();
    const wasUncertain = this.#isUncertain;
    this.#isUncertain = true;
    try {
      const answer = await cluster.request({
        method: "POST",
        path: `${target.path}/_bulk?filter_path=${FILTER_PATH}`,
        type: "application/x-ndjson",
        headers: this.#headers,
        encoding: compresses ? "gzip" : undefined,
        body: packed,
        signal,
        maxAnswerBytes: ANSWER_BYTES + part.length * ANSWER_BYTES_EACH,
      });
      if (answer.status < 300) return this.#take(answer, part, outcome, wasUncertain);
      const isCertain = answer.status < 500;
      if (isCertain) this.#isUncertain = wasUncertain;
      return this.#refused(answer, part, outcome);
    } catch (error) {
      if (error instanceof ClusterError && !error.isUncertain) this.#isUncertain = wasUncertain;
      throw error;
    }
  }

  #take({ text, url }: ClusterAnswer, part: Part, outcome: BulkOutcome, wasUncertain: boolean): PushResult {
    const fates = readBulkAnswer(text, part.length);
    this.#isUncertain = wasUncertain || fates.some((item) => item.fate === "later" && item.isUncertain);
    this.#shared.hasWorked = true;
    this.#parts.taken();
    let later: string | undefined;
    for (const [i, item] of fates.entries()) {
      if (item.fate === "taken") outcome.accept(part[i]!);
      else if (item.fate === "refused") outcome.refuse(part[i]!, item.why);
      else later ??= item.why;
    }
    return later === undefined ? PUSHED : { error: new Error(`${url}: ${later}`) };
  }

  /** A request that was refused as a whole. */
  #refused(answer: ClusterAnswer, part: Part, outcome: BulkOutcome): PushResult {
    const shared = this.#shared;
    const { status, retryAfterMs } = answer;
    const error = answerError(answer);
    if (status === 401 || status === 403) shared.onUnknown();
    const isTooLarge = status === 413;
    // A document may make the whole request one that cannot be read.
    const isBad = status === 400 && shared.hasWorked;
    if (!isTooLarge && !isBad) return { error, retryAfterMs };
    if (part.length === 1) {
      outcome.refuse(part[0]!, error.message);
      return PUSHED;
    }
    this.#parts.halve(this.#buffer.bodyOf(part).length, isTooLarge);
    return PUSHED;
  }
}

/** On another thread. */
function compress(body: Buffer<ArrayBuffer>): Promise<Buffer<ArrayBuffer>> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer<ArrayBuffer>>();
  gzip(body, { level: 1 }, (error, packed) => {
    if (error === null) resolve(packed as Buffer<ArrayBuffer>);
    else reject(error);
  });
  return promise;
}
