/**
 * @module The skeleton of every exporter: a bounded queue that blocks sources or drops events, metadata before events,
 * counters that add up, positions for the checkpoint, and a life cycle. Beneath it events leave by pushes, or
 * directly.
 *
 * Each event that an exporter is given ends in exactly one of `exported`, `queue_full`, `send_failed`, `too_large`,
 * `refused`.
 */
import { settledOrAborted } from "../../component/abort.ts";
import type { EventLines } from "../../component/subscriber.ts";
import type { Progress } from "../../metadata/document.ts";
import { Throttle } from "../../telemetry/throttle.ts";
import type { Exporter, Queued } from "../exporter.ts";
import { Backpressure } from "./backpressure.ts";
import type { BulkDestination } from "./bulk.ts";
import { type Clock, SYSTEM_CLOCK } from "./clock.ts";
import { type DeadLetterFile, DeadLetters } from "./dead-letters.ts";
import type { DirectDestination, PushDestination } from "./destination.ts";
import { DirectSender } from "./direct-sender.ts";
import { Introduction } from "./introduction.ts";
import { Ledger } from "./ledger.ts";
import { PushSender, type PushSettings } from "./push-sender.ts";
import { LineQueue } from "./queue.ts";
import type { DeliveryParts, Sender } from "./sender.ts";
import type { ExporterSettings } from "./settings.ts";

/** How a kind of exporter delivers. */
export interface DeliverySettings extends ExporterSettings {
  /** How long one that blocks and makes no progress keeps sources waiting, milliseconds. @default for ever */
  readonly patienceMs?: number;
  readonly deadLetterFile?: DeadLetterFile | undefined;
  /** @default the machine's */
  readonly clock?: Clock;
  /** From 0 up to 1. @default Math.random */
  readonly random?: () => number;
}

/** At most one log line of a kind in this time, milliseconds. */
const LOG_INTERVAL_MS = 30_000;

/** Makes an exporter that sends by pushes. */
export function createPushExporter(
  destination: PushDestination,
  settings: DeliverySettings & PushSettings,
): Exporter {
  return new Delivery(settings, destination, (parts) => {
    const { clock = SYSTEM_CLOCK, random = Math.random } = settings;
    const sender = new PushSender(destination, parts, { ...settings, clock, random });
    return { sender, onRoom: () => {} };
  });
}

/** Makes an exporter that sends directly. */
export function createDirectExporter(destination: DirectDestination, settings: DeliverySettings): Exporter {
  return new Delivery(settings, destination, (parts) => {
    const sender = new DirectSender(destination, parts, settings.clock ?? SYSTEM_CLOCK);
    return { sender, onRoom: () => sender.onRoom() };
  });
}

/** A sender, and how it learns that there may be room at the destination. */
export interface Line {
  readonly sender: Sender;
  readonly onRoom: () => void;
}

/** What all exporters are. They differ in their sender. */
export class Delivery implements Exporter {
  readonly name: string;
  readonly blocks: boolean;
  readonly #settings: DeliverySettings;
  readonly #destination: PushDestination | DirectDestination | BulkDestination;
  readonly #parts: DeliveryParts;
  readonly #deadLetters: DeadLetters;
  readonly #line: Line;
  readonly #fullLog: Throttle;
  #isOpen = false;
  #hasBegun = false;
  #starting: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;

  constructor(
    settings: DeliverySettings,
    destination: PushDestination | DirectDestination | BulkDestination,
    connect: (parts: DeliveryParts) => Line,
  ) {
    const { name, counters, log, clock = SYSTEM_CLOCK, deadLetterFile } = settings;
    const { patienceMs = Number.POSITIVE_INFINITY } = settings;
    this.name = name;
    this.blocks = settings.whenFull === "block" && patienceMs === Number.POSITIVE_INFINITY;
    this.#settings = settings;
    this.#destination = destination;
    this.#fullLog = new Throttle(LOG_INTERVAL_MS, () => clock.now());
    this.#deadLetters = new DeadLetters({ exporter: name, log, file: deadLetterFile });
    let isGone = false;
    this.#parts = {
      name,
      queue: new LineQueue(settings.queue),
      introduction: new Introduction(settings.metadata, () => this.#progress),
      ledger: new Ledger(counters, settings.positions, this.#deadLetters),
      backpressure: new Backpressure(patienceMs, clock),
      counters,
      log,
      onGone() {
        if (!isGone) settings.onGone?.();
        isGone = true;
      },
    };
    this.#line = connect(this.#parts);
  }

  get queued(): Queued {
    const { length: events, bytes } = this.#parts.queue;
    const { queued } = this.#line.sender;
    if (queued === undefined) return { events, bytes };
    return { ...queued, events: events + queued.events, bytes: bytes + queued.bytes };
  }

  get restarts(): number | undefined {
    return this.#destination.restarts;
  }

  start(): Promise<void> {
    if (this.#stopping !== undefined) return Promise.resolve();
    this.#starting = this.#start();
    return this.#starting;
  }

  async #start(): Promise<void> {
    const { introduction } = this.#parts;
    this.#deadLetters.open();
    try {
      await this.#destination.open({
        onReceiver: () => {
          introduction.reset();
          this.#line.onRoom();
        },
        onRoom: () => this.#line.onRoom(),
        onGone: () => this.#parts.onGone(),
      });
    } catch (error) {
      this.#deadLetters[Symbol.dispose]();
      this.#deadLetters.undo();
      throw error;
    }
    this.#isOpen = true;
  }

  begin(): void {
    if (!this.#isOpen || this.#stopping !== undefined) return;
    this.#hasBegun = true;
    this.#line.sender.begin();
  }

  announce(): void {
    if (this.#hasBegun && this.#stopping === undefined) this.#line.sender.pump();
  }

  write(events: EventLines): void {
    this.#take(events, this.blocks);
  }

  offer(events: EventLines): void {
    this.#take(events, false);
  }

  ready(): Promise<void> | undefined {
    const { queue, backpressure } = this.#parts;
    if (this.#settings.whenFull === "drop" || queue.hasRoom) return undefined;
    return backpressure.wait();
  }

  reload(): void {
    if (!this.#isOpen || this.#stopping !== undefined) return;
    this.#destination.reopen?.();
    this.#line.sender.retryNow();
  }

  stop(signal: AbortSignal): Promise<void> {
    this.#stopping ??= this.#stop(signal);
    return this.#stopping;
  }

  /** @param takesAll Takes events above the queue's limits, too: their source waits before it brings more. */
  #take(events: EventLines, takesAll: boolean): void {
    const { counters, queue, ledger } = this.#parts;
    if (this.#stopping !== undefined) {
      counters.send_failed += events.length;
      return;
    }
    const { sender } = this.#line;
    if (!queue.isEmpty) sender.makeWay?.(events);
    const handled = queue.isEmpty ? sender.sendPast(events) : 0;
    if (handled === events.length && queue.isEmpty) {
      ledger.commitPosition(events.stream, events.endPosition);
      return;
    }
    if (takesAll) queue.pushAll(events, handled);
    else this.#noteDropped(events, queue.pushFitting(events, handled));
    sender.pump();
  }

  #noteDropped({ stream, endPosition }: EventLines, dropped: number): void {
    if (dropped === 0) return;
    const { counters, log } = this.#settings;
    this.#parts.ledger.passOver(stream, endPosition);
    counters.queue_full += dropped;
    if (this.#fullLog.pass() === undefined) return;
    log.warn("Event queue is full: dropped events, the newest ones", {
      exporter: this.name,
      to: this.#destination.description,
      queue_full: counters.queue_full,
    });
  }

  get #progress(): Progress {
    const { counters, queue, introduction } = this.#parts;
    const { queue_full, send_failed, too_large, refused } = counters;
    // At the end, what is still queued is lost.
    const left = introduction.isConcluded ? queue.length : 0;
    const all = { events: counters.exported, bytes: counters.bytes_exported };
    return {
      ...(this.#destination.progress?.() ?? all),
      dropped: { queue_full, send_failed: send_failed + left, too_large, refused },
    };
  }

  async #stop(signal: AbortSignal): Promise<void> {
    const { queue, counters, backpressure, introduction, log } = this.#parts;
    const { sender } = this.#line;
    // A start that fails has closed what it opened, and whoever started hears of it.
    if (!this.#isOpen) await this.#starting?.catch(() => {});
    if (this.#hasBegun) await sender.drain(signal);
    if (this.#hasBegun && introduction.conclude()) await sender.conclude(signal);
    counters.send_failed += sender.abandon();
    if (this.#hasBegun && introduction.isOwed && !introduction.hasArrived) {
      const fields = { exporter: this.name, to: this.#destination.description };
      log.warn("Cannot send the metadata event: the run ends before it could leave", fields);
    }
    queue.clear();
    backpressure.release();
    this.#deadLetters[Symbol.dispose]();
    if (!this.#isOpen) return;
    await settledOrAborted(this.#destination.close(signal), signal);
    if (this.#hasBegun) return;
    this.#destination.undo?.();
    this.#deadLetters.undo();
  }
}
