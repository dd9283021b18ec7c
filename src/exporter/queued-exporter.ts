/** @module Queue, counting and life cycle of the exporters that write lines to a file descriptor. */
import type { ConsolaInstance } from "consola";
import type { EventBatch } from "../event/batch.ts";
import type { ExporterCounters } from "../telemetry/counters.ts";
import { Throttle } from "../telemetry/throttle.ts";
import { Backpressure } from "./backpressure.ts";
import type { Exporter } from "./exporter.ts";
import type { LineSink, WriteOutcome } from "./line-sink.ts";
import { LineQueue, type QueueLimits } from "./queue.ts";

/** What every queued exporter is given. */
export interface QueuedExporterSettings {
  /** `--event-queue-size`, `--event-queue-bytes`. */
  readonly queue: QueueLimits;
  readonly counters: ExporterCounters;
  readonly log: ConsolaInstance;
  /** The cached `agent_init` line, which goes out once, before any event; `undefined` for none. */
  readonly preamble: Uint8Array | undefined;
  /** Told how far each stream has been exported. */
  readonly checkpoint?: { commitPosition(stream: number, position: number): void } | undefined;
}

/** How long an exporter that writes nothing keeps sources waiting, milliseconds. */
const PATIENCE_MS = 1000;
/** At most one log line of a kind in this time, milliseconds. */
const LOG_INTERVAL_MS = 30_000;
const NEWLINE = 0x0a;

/**
 * An exporter that copies lines into a bounded queue and writes them with one asynchronous write in flight, so
 * that it never blocks the event loop and the sink never sees two writes at once. A full queue drops the
 * newest events.
 */
export class QueuedExporter implements Exporter {
  readonly name: string;
  readonly #settings: QueuedExporterSettings;
  readonly #sink: LineSink;
  readonly #queue: LineQueue;
  readonly #backpressure = new Backpressure(PATIENCE_MS);
  readonly #failureLog = new Throttle(LOG_INTERVAL_MS);
  readonly #fullLog = new Throttle(LOG_INTERVAL_MS);
  /** The preamble is at the front of the queue. It is no event, so no counter counts it. */
  #owesPreamble = false;
  #isOpen = false;
  /** The last write failed. */
  #isFailing = false;
  #pump: Promise<void> | undefined;
  /** Ends the wait between two attempts. */
  #wake: (() => void) | undefined;
  #stopping: Promise<void> | undefined;
  /** Nothing is written any more; a write in flight is no longer counted. */
  #isAbandoned = false;

  constructor(name: string, sink: LineSink, settings: QueuedExporterSettings) {
    this.name = name;
    this.#sink = sink;
    this.#settings = settings;
    this.#queue = new LineQueue(settings.queue);
    const { preamble } = settings;
    if (preamble !== undefined) this.#pushPreamble(preamble);
  }

  async start(): Promise<void> {
    if (this.#stopping !== undefined) return;
    await this.#sink.open();
    this.#isOpen = true;
    this.#startPump();
  }

  write(batch: EventBatch): void {
    const { counters } = this.#settings;
    if (this.#stopping !== undefined) {
      counters.send_failed += batch.count;
      return;
    }
    const dropped = this.#queue.pushFitting(batch);
    if (dropped > 0) this.#countDropped(dropped);
    this.#startPump();
  }

  ready(): Promise<void> | undefined {
    return this.#queue.hasRoom || this.#isFailing ? undefined : this.#backpressure.wait();
  }

  reload(): void {
    if (!this.#isOpen || this.#stopping !== undefined) return;
    this.#sink.reopen?.();
    this.#wake?.();
  }

  stop(signal: AbortSignal): Promise<void> {
    this.#stopping ??= this.#stop(signal);
    return this.#stopping;
  }

  #pushPreamble(preamble: Uint8Array): void {
    const line = preamble.at(-1) === NEWLINE ? preamble : Uint8Array.of(...preamble, NEWLINE);
    this.#owesPreamble = this.#queue.push(line, 0, line.length, -1, 0);
    if (this.#owesPreamble) return;
    this.#settings.log.warn("Cannot write the metadata event: it does not fit --event-queue-bytes", {
      exporter: this.name,
    });
  }

  #startPump(): void {
    if (this.#pump !== undefined || !this.#isOpen || this.#queue.isEmpty) return;
    this.#pump = this.#run();
  }

  /** Writes until the queue is empty or the exporter abandoned. */
  async #run(): Promise<void> {
    while (!this.#queue.isEmpty && !this.#isAbandoned) {
      const outcome = await this.#sink.write(this.#queue);
      if (this.#isAbandoned) break;
      this.#settle(outcome);
      if (outcome.retryMs > 0) await this.#pause(outcome.retryMs);
    }
    this.#pump = undefined;
  }

  #settle({ written, lost, error, retryMs }: WriteOutcome): void {
    if (error === undefined) this.#noteSuccess(written);
    else this.#noteFailure(error);
    if (retryMs > 0) this.#settings.counters.retries++;
    this.#take(written, false);
    this.#take(lost, true);
    if (written + lost > 0) this.#backpressure.progress();
    if (this.#queue.hasRoom || this.#isFailing) this.#backpressure.release();
  }

  /** Removes lines from the front of the queue and counts them. */
  #take(count: number, isLost: boolean): void {
    if (count === 0) return;
    const { counters, checkpoint, log } = this.#settings;
    const bytesBefore = this.#queue.bytes;
    let events = count;
    let preambleBytes = 0;
    if (this.#owesPreamble) {
      this.#owesPreamble = false;
      events--;
      preambleBytes = this.#queue.endAt(0) - this.#queue.startAt(0);
      const fields = { exporter: this.name, to: this.#sink.description };
      if (isLost) log.warn("Cannot write the metadata event", fields);
      else log.info("Metadata event written", { ...fields, bytes: preambleBytes });
    }
    if (checkpoint !== undefined && !isLost) {
      for (let i = 0; i < count; i++) {
        const stream = this.#queue.streamAt(i);
        if (stream >= 0) checkpoint.commitPosition(stream, this.#queue.positionAt(i));
      }
    }
    this.#queue.shift(count);
    if (isLost) {
      counters.send_failed += events;
    } else {
      counters.exported += events;
      counters.bytes_exported += bytesBefore - this.#queue.bytes - preambleBytes;
    }
  }

  #noteSuccess(written: number): void {
    if (written === 0 || !this.#isFailing) return;
    this.#isFailing = false;
    this.#settings.log.info("Events are written again", { exporter: this.name, to: this.#sink.description });
  }

  #noteFailure(error: Error): void {
    const { counters, log } = this.#settings;
    this.#isFailing = true;
    const held = this.#failureLog.pass();
    if (held < 0) return;
    log.warn("Cannot write events", {
      exporter: this.name,
      to: this.#sink.description,
      error: error.message,
      waiting: this.#queue.length,
      queue_full: counters.queue_full,
      send_failed: counters.send_failed,
      ...(held > 0 && { repeated: held }),
    });
  }

  #countDropped(dropped: number): void {
    const { counters, log } = this.#settings;
    counters.queue_full += dropped;
    const held = this.#fullLog.pass();
    if (held < 0) return;
    log.warn("Event queue is full: the newest events are dropped", {
      exporter: this.name,
      to: this.#sink.description,
      queue_full: counters.queue_full,
    });
  }

  async #pause(milliseconds: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, milliseconds);
    this.#wake = resolve;
    await promise;
    clearTimeout(timer);
    this.#wake = undefined;
  }

  async #stop(signal: AbortSignal): Promise<void> {
    const aborted = Promise.withResolvers<void>();
    const onAbort = () => aborted.resolve();
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort);
    // What failed before is tried once more at once: there may be room by now.
    this.#wake?.();
    if (this.#pump !== undefined) await Promise.race([this.#pump, aborted.promise]);
    this.#isAbandoned = true;
    this.#wake?.();
    this.#take(this.#queue.length, true);
    this.#backpressure.release();
    if (this.#isOpen) await Promise.race([this.#sink.close(signal), aborted.promise]);
    signal.removeEventListener("abort", onAbort);
  }
}
