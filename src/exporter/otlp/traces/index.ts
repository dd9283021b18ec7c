/** @module Processes as traces, `--otlp-traces`: what finds spans, and what sends them. */
import type { ConsolaInstance } from "consola";
import type { RecordEncoder } from "../../../encoding/otlp/record.ts";
import type { Head } from "../../../encoding/otlp/request.ts";
import type { SpanContext } from "../../../encoding/otlp/span.ts";
import type { LineView } from "../../../event/batch.ts";
import type { OtlpValues } from "../options.ts";
import type { Transport } from "../transport.ts";
import { SpanSender } from "./span-sender.ts";
import { Tracer } from "./tracer.ts";

/** What a {@link Tracing} is given. */
export interface TracingSettings {
  readonly name: string;
  readonly values: OtlpValues;
  readonly log: ConsolaInstance;
  readonly transport: Transport;
  readonly encoder: RecordEncoder;
  /** Who is speaking. */
  readonly head: () => Head;
}

const NANOSECONDS_PER_MILLISECOND = 1_000_000n;
/** Of processes that run, and of spans that wait. */
const [RUNNING_BYTES, WAITING_BYTES] = [64 * 1024 ** 2, 16 * 1024 ** 2];
const EVENTS_EACH = 128;

/** Takes events and sends spans. */
export class Tracing {
  readonly #settings: TracingSettings;
  readonly #tracer: Tracer;
  readonly #sender: SpanSender;
  #hasWarned = false;

  constructor(settings: TracingSettings) {
    const { name, values, log, transport, encoder, head } = settings;
    this.#settings = settings;
    const [initialMs, maxMs] = [values["otlp-backoff-init"], values["otlp-backoff-max"]];
    this.#sender = new SpanSender({
      ...{ name, transport, head, log },
      backoff: { initialMs, maxMs, factor: 2, jitter: 0.5, giveUpMs: Number.POSITIVE_INFINITY },
      lingerMs: values["otlp-linger"],
      maxItems: values["otlp-batch-max-size"],
      maxRequestBytes: values["otlp-batch-max-bytes"],
      maxBytes: WAITING_BYTES,
    });
    this.#tracer = new Tracer({
      encoder,
      limits: {
        processes: values["otlp-traces-max-processes"],
        bytes: RUNNING_BYTES,
        age: BigInt(Math.round(values["otlp-traces-max-age"])) * NANOSECONDS_PER_MILLISECOND,
        eventsEach: EVENTS_EACH,
      },
      onSpan: (span) => this.#sender.add(span),
    });
  }

  async open(): Promise<void> {
    await this.#settings.transport.open();
  }

  /** Takes line `i`, an event. @returns The span of the process that did it, where that is known. */
  add(lines: LineView, i: number): SpanContext | undefined {
    const span = this.#tracer.add(lines, i);
    if (this.#tracer.hasForgotten && !this.#hasWarned) this.#warn();
    return span;
  }

  #warn(): void {
    this.#hasWarned = true;
    const { name: exporter, log } = this.#settings;
    log.warn("More processes run than traces have room for: the oldest are forgotten", {
      exporter,
      ...this.#tracer.counts,
    });
  }

  async close(): Promise<void> {
    await this.#sender.close();
    const { name: exporter, log } = this.#settings;
    log.info("Traces ended", { exporter, ...this.#sender.counts, ...this.#tracer.counts });
  }
}
