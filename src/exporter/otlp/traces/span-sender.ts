/** @module Sends spans. They wait in memory, up to a limit, and those for which there is no room are counted. */
import type { ConsolaInstance } from "consola";
import { type Head, requestOf } from "../../../encoding/otlp/request.ts";
import { Backoff, type BackoffSettings } from "../../../lib/backoff.ts";
import { errorMessage } from "../../../os/caught.ts";
import { Throttle } from "../../../telemetry/throttle.ts";
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
  /** Spans of one request, and bytes that may wait. */
  readonly maxItems: number;
  readonly maxBytes: number;
}

const LOG_MS = 30_000;
/** Last requests are waited for so long, milliseconds. */
const LAST_MS = 5000;

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
  /** Spans by what became of them. */
  readonly counts = { sent: 0, refused: 0, dropped: 0 };

  constructor(settings: SpanSenderSettings) {
    this.#settings = settings;
    this.#backoff = new Backoff(settings.backoff);
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
      const spans = this.#spans.slice(0, this.#settings.maxItems);
      const waitMs = await this.#sendPart(spans);
      if (waitMs === undefined) {
        this.#spans = this.#spans.slice(spans.length);
        for (const { length } of spans) this.#bytes -= length;
        this.#backoff.reset();
      } else if (this.#isClosed) return;
      else await Bun.sleep(waitMs);
    }
  }

  /** @returns How long to wait before they are sent again, milliseconds; `undefined` where they are dealt with. */
  async #sendPart(spans: readonly Uint8Array[]): Promise<number | undefined> {
    const { transport, head } = this.#settings;
    try {
      const verdict = await transport.send(requestOf(head(), spans), this.#abort.signal);
      switch (verdict.kind) {
        case "taken":
          this.counts.sent += spans.length - Math.min(spans.length, verdict.rejected);
          this.counts.refused += Math.min(spans.length, verdict.rejected);
          if (verdict.rejected > 0 || verdict.message !== "") this.#warn(verdict.message);
          return undefined;
        case "refused":
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
