/** @module The agent's metrics, `--otlp-metrics`: all of them, every so often. Counts are cumulative, so what was not taken is in the next. */
import type { ConsolaInstance } from "consola";
import { encodeMetrics } from "../../encoding/otlp/metric.ts";
import { type Head, requestOf } from "../../encoding/otlp/request.ts";
import { errorMessage } from "../../os/caught.ts";
import type { Family } from "../../telemetry/family.ts";
import { Throttle } from "../../telemetry/throttle.ts";
import type { Transport } from "./transport.ts";

/** What a {@link MetricSender} is given. */
export interface MetricSenderSettings {
  readonly name: string;
  readonly transport: Transport;
  readonly head: () => Head;
  readonly log: ConsolaInstance;
  readonly intervalMs: number;
  readonly read: () => Promise<readonly Family[]>;
  /** Milliseconds since 1970. @default `Date.now` */
  readonly now?: () => number;
}

const LOG_MS = 300_000;
/** The last ones are waited for so long, milliseconds. */
const LAST_MS = 2000;
const MILLION = 1_000_000n;

/** Sends one request at a time. */
export class MetricSender {
  readonly #settings: MetricSenderSettings;
  readonly #log = new Throttle(LOG_MS);
  readonly #abort = new AbortController();
  /** Nanoseconds since 1970. */
  #start = BigInt(Math.round(performance.timeOrigin)) * MILLION;
  #timer: ReturnType<typeof setInterval> | undefined;
  #sending: Promise<void> | undefined;

  constructor(settings: MetricSenderSettings) {
    this.#settings = settings;
  }

  async open(): Promise<void> {
    await this.#settings.transport.open();
    this.#timer = setInterval(() => this.#send(), this.#settings.intervalMs);
  }

  /** Sends them once more, for a short while. */
  async close(): Promise<void> {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    const late = setTimeout(() => this.#abort.abort(), LAST_MS);
    await this.#sending;
    this.#send();
    await this.#sending;
    clearTimeout(late);
    this.#settings.transport.close();
  }

  #send(): void {
    this.#sending ??= this.#sendNow().finally(() => {
      this.#sending = undefined;
    });
  }

  async #sendNow(): Promise<void> {
    const { transport, head, read } = this.#settings;
    try {
      const families = await read();
      if (families.length === 0) return;
      const now = BigInt((this.#settings.now ?? Date.now)()) * MILLION;
      // A clock that was put back: sums that begin after their end are refused.
      if (now < this.#start) this.#start = now;
      const times = { start: this.#start, now };
      const request = requestOf(head(), [encodeMetrics(families, times)]);
      const verdict = await transport.send(request, this.#abort.signal);
      if (verdict.kind !== "taken") this.#warn(verdict.error.message);
      else if (verdict.rejected > 0) this.#warn(`${verdict.rejected} rejected: ${verdict.message}`);
      else if (verdict.message !== "") this.#warn(verdict.message);
    } catch (error) {
      this.#warn(errorMessage(error));
    }
  }

  #warn(error: string): void {
    const repeated = this.#log.pass();
    if (repeated === undefined) return;
    const { name: exporter, transport, log } = this.#settings;
    log.warn("Cannot send metrics", { exporter, to: transport.description, error, ...repeated });
  }
}
