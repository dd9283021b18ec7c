/** @module Sends spans. They wait in memory, up to a limit, and those for which there is no room are counted. */
import type { ConsolaInstance } from "consola";
import { type Head, requestOf } from "../../../encoding/otlp/request.ts";
import { Backoff, type BackoffSettings } from "../../../lib/backoff.ts";
import { errorMessage } from "../../../os/caught.ts";
import { Throttle } from "../../../telemetry/throttle.ts";
import { RequestSize } from "../../delivery/request-size.ts";
import { withinReason } from "../../delivery/surroundings.ts";
import type { Transport } from "../transport.ts";

/** What a {@link SpanSender} is given. */
export interface SpanSenderSettings {
  readonly name: string;
  readonly transport: Transport;
  readonly head: () => Head;
  readonly log: ConsolaInstance;
  readonly backoff: BackoffSettings;
  /** How long spans wait for others, milliseconds. */
  readonly lingerMs: number;
  /** Spans of one request, and their bytes. One that is larger goes alone. */
  readonly maxItems: number;
  readonly maxRequestBytes: number;
  /** Bytes that may wait. */
  readonly maxBytes: number;
}

const LOG_MS = 30_000;
/** Last requests are waited for so long, milliseconds. */
const LAST_MS = 5000;
/** Requests are cut down so far for being too large. */
const LEAST_BYTES = 4096;
/** Spans that are refused alone, one after the other: then it is not the spans that are wrong. */
const MOST_ALONE = 8;
/** The same spans are sent at once, in smaller requests. */
const SMALLER = "smaller";

/** Sends one request at a time. */
export class SpanSender {
  readonly #settings: SpanSenderSettings;
  readonly #backoff: Backoff;
  readonly #log = new Throttle(LOG_MS);
  readonly #abort = new AbortController();
  #spans: Uint8Array[] = [];
  #bytes = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #sending: Promise<void> | undefined;
  #isClosed = false;
  readonly #size: RequestSize;
  /** Spans that were refused alone since one was taken. */
  #alone = 0;
  #wake: (() => void) | undefined;
  /** Spans by what became of them. */
  readonly counts = { sent: 0, refused: 0, dropped: 0 };

  constructor(settings: SpanSenderSettings) {
    this.#settings = settings;
    this.#backoff = new Backoff(settings.backoff);
    this.#size = new RequestSize({ maxBytes: settings.maxRequestBytes }, LEAST_BYTES);
  }

  add(span: Uint8Array): void {
    const { maxBytes, maxItems, lingerMs } = this.#settings;
    if (this.#isClosed || this.#bytes + span.length > maxBytes) {
      this.counts.dropped++;
      this.#warn("no room for more of them");
      return;
    }
    this.#spans.push(span);
    this.#bytes += span.length;
    if (this.#sending !== undefined) return;
    if (this.#spans.length >= maxItems) this.#send();
    else this.#timer ??= setTimeout(() => this.#send(), lingerMs);
  }

  /** Sends what waits, for a short while. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#wake?.();
    this.#send();
    const late = setTimeout(() => this.#abort.abort(), LAST_MS);
    await this.#sending;
    clearTimeout(late);
    this.#abort.abort();
    this.counts.dropped += this.#spans.length;
    this.#spans = [];
    this.#settings.transport.close();
  }

  #send(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined;
    });
  }

  async #sendAll(): Promise<void> {
    while (this.#spans.length > 0 && !this.#abort.signal.aborted) {
      const spans = this.#nextPart();
      const waitMs = await this.#sendPart(spans);
      if (waitMs === SMALLER) continue;
      if (waitMs === undefined) {
        this.#spans = this.#spans.slice(spans.length);
        this.#bytes -= bytesOf(spans);
        this.#backoff.reset();
      } else if (this.#isClosed) return;
      else await this.#sleep(waitMs);
    }
  }

  /** Until it is time, or nobody has any more. */
  async #sleep(milliseconds: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, milliseconds);
    this.#wake = resolve;
    await promise;
    this.#wake = undefined;
    clearTimeout(timer);
  }

  #nextPart(): Uint8Array[] {
    let [count, bytes] = [0, 0];
    for (const { length } of this.#spans) {
      bytes += length;
      if (count === this.#settings.maxItems || (count > 0 && bytes > this.#size.bytes)) break;
      count++;
    }
    return this.#spans.slice(0, count);
  }

  /** @returns How long to wait before they are sent again, milliseconds; `undefined` where they are dealt with. */
  async #sendPart(spans: readonly Uint8Array[]): Promise<number | typeof SMALLER | undefined> {
    const { transport, head } = this.#settings;
    try {
      const verdict = await transport.send(requestOf(head(), spans), this.#abort.signal);
      switch (verdict.kind) {
        case "taken":
          this.#alone = 0;
          this.#size.taken();
          this.counts.sent += spans.length - Math.min(spans.length, verdict.rejected);
          this.counts.refused += Math.min(spans.length, verdict.rejected);
          if (verdict.rejected > 0 || verdict.message !== "") this.#warn(verdict.message);
          return undefined;
        case "refused":
          if (spans.length > 1 && this.#alone < MOST_ALONE) {
            this.#size.halve(bytesOf(spans), verdict.isTooLarge);
            return SMALLER;
          }
          if (++this.#alone === MOST_ALONE) this.#size.reset();
          this.counts.refused += spans.length;
          this.#warn(verdict.error.message);
          return undefined;
        case "later":
          this.#warn(verdict.error.message);
          return Math.max(withinReason(verdict.retryAfterMs), this.#nextMs());
      }
    } catch (error) {
      this.#warn(errorMessage(error));
      return this.#nextMs();
    }
  }

  #nextMs(): number {
    return this.#backoff.next(performance.now()) ?? this.#settings.backoff.maxMs;
  }

  #warn(error: string): void {
    const repeated = this.#log.pass();
    if (repeated === undefined) return;
    const { name: exporter, transport, log } = this.#settings;
    log.warn("Cannot send spans", {
      exporter,
      to: transport.description,
      error,
      ...this.counts,
      ...repeated,
    });
  }
}

function bytesOf(spans: readonly Uint8Array[]): number {
  return spans.reduce((sum, { length }) => sum + length, 0);
}
