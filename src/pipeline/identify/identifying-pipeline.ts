/**
 * @module Adds pods to events that come as text, before anything else looks at them: filters ask for pods. Lines that say their pod,
 * or are about no container, stay the bytes that they are and cost a search for two words.
 *
 * An event whose pod is not known yet waits, and what follows of its process behind it. One of a file whose position is kept does
 * not: a position says that what came before it has been delivered.
 */
import { BATCH_CAPACITY, EventBatch, NO_STREAM } from "../../event/batch.ts";
import { scannable } from "../../event/edit/scannable.ts";
import { parseLine } from "../../event/parse-line.ts";
import { SLACK } from "../../event/scan/line.ts";
import { asBuffer } from "../../lib/bytes.ts";
import type { PodIdentity } from "../enrich/container.ts";
import type { Enricher, Enrichment } from "../enrich/enricher.ts";
import { WaitingRoom } from "../enrich/waiting-room.ts";
import type { Pipeline } from "../settings.ts";
import { Candidates } from "./candidates.ts";
import { IdentifiableLine, type NodeFacts } from "./line.ts";

/** What an {@link IdentifyingPipeline} is given. */
export interface IdentifyingSettings {
  readonly identity: Pick<PodIdentity, "containers" | "nodeLabels" | "wait">;
  readonly nodeName: string | undefined;
  /** Empty for none. */
  readonly clusterName: string;
  /** Whether positions of streams outlast the run. */
  readonly keepsPositions: boolean;
  readonly onInternalError: (error: unknown) => void;
}

/** How often events whose time may be over are looked for, milliseconds. */
const CHECK_MS = 1000;
/** A line that waits takes its text, and its objects about three times that. */
const SIZE_FACTOR = 4;
const LINE_BYTES = 512;

const QUESTIONS: Enricher<IdentifiableLine> = {
  name: "pods",
  enrich: (line): Enrichment => line.question ?? "nothing",
};

/** Identifies, then hands on to another pipeline. */
export class IdentifyingPipeline implements Pipeline {
  readonly #inner: Pipeline;
  readonly #settings: IdentifyingSettings;
  readonly #candidates = new Candidates();
  readonly #room: WaitingRoom<IdentifiableLine>;
  readonly #released = new EventBatch(new Uint8Array(0));
  #timer: ReturnType<typeof setInterval> | undefined;
  #isWakeDue = false;
  /** What this room has put into the figures, which others count in, too. */
  #counted = 0;
  #onDue: () => void = () => {};

  constructor(inner: Pipeline, settings: IdentifyingSettings) {
    this.#inner = inner;
    this.#settings = settings;
    const { timeoutMs, maxEvents, maxBytes, figures } = settings.identity.wait;
    this.#room = new WaitingRoom<IdentifiableLine>(
      {
        enrichers: [QUESTIONS],
        timeoutMs,
        maxEvents,
        maxBytes,
        sizeOf: ({ bytes }) => bytes * SIZE_FACTOR + LINE_BYTES,
        onGivenUp: (reason) => {
          figures[reason]++;
        },
        onAnswer: () => this.#wake(),
      },
      settings.onInternalError,
    );
  }

  get pollIntervalMs(): number | undefined {
    return this.#inner.pollIntervalMs;
  }

  get isDue(): boolean {
    return this.#room.isDue || this.#inner.isDue;
  }

  /** What has waited may come from who can wait as well. */
  get mustDeliver(): boolean {
    return true;
  }

  callWhenDue(wake: () => void): void {
    this.#onDue = wake;
  }

  async prepare(): Promise<void> {
    await this.#inner.prepare?.();
  }

  process(batch: EventBatch): void {
    if (batch.values === undefined && batch.count > 0) this.#identify(batch);
    this.#inner.process(batch);
  }

  poll(now: number): EventBatch | undefined {
    if (this.#room.count > 0 || this.#room.isDue) {
      this.#room.settle(performance.now());
      const released = this.#release();
      if (released !== undefined) return released;
    }
    return this.#inner.poll(now);
  }

  flush(): EventBatch | undefined {
    this.#room.giveUpAll();
    return this.#release() ?? this.#inner.flush();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#inner.close?.();
  }

  #identify(batch: EventBatch): void {
    const { count, start, end, bytes } = batch;
    this.#candidates.begin(bytes, Math.min(end[count - 1]!, bytes.length));
    let kept = 0;
    for (let i = 0; i < count; i++) {
      const isHeld = this.#candidates.has(start[i]!, end[i]!) && this.#takes(batch, i);
      if (isHeld) continue;
      if (kept !== i) batch.move(i, kept);
      kept++;
    }
    batch.count = kept;
    this.#count();
  }

  /** Adds what is known to line `i`. @returns Whether the line waits, and is not to go on. */
  #takes(batch: EventBatch, i: number): boolean {
    const { identity, keepsPositions, onInternalError } = this.#settings;
    try {
      const [from, to] = [batch.start[i]!, batch.end[i]!];
      const event = parseLine(asBuffer(batch.bytes), from, to, false);
      // What is no event is for those to say who look for that.
      if (typeof event === "string") return false;
      const line = new IdentifiableLine(event, to - from, identity.containers);
      if (!keepsPositions || batch.stream === NO_STREAM) {
        const isHeld = this.#room.add(line.pid, line, performance.now()) === "held";
        if (isHeld) {
          line.text = batch.bytes.slice(from, to);
          identity.wait.figures.waited++;
          this.#timer ??= setInterval(() => this.#wake(), CHECK_MS);
          return true;
        }
      }
      this.#edit(batch, i, line);
    } catch (error) {
      onInternalError(error);
    }
    return false;
  }

  #edit(batch: EventBatch, i: number, line: IdentifiableLine): void {
    const text = scannable(batch.bufferAt(i), batch.start[i]!, batch.end[i]!);
    const edits = line.edits(text, text.start, this.#node());
    if (edits.length > 0) batch.edit(i, text, edits);
  }

  #node(): NodeFacts {
    const { nodeName, clusterName, identity } = this.#settings;
    const labels = identity.nodeLabels.current;
    return {
      ...(nodeName !== undefined && { node_name: nodeName }),
      ...(clusterName !== "" && { cluster_name: clusterName }),
      ...(labels !== undefined && { node_labels: labels }),
    };
  }

  /** The next lines that need not wait any more, with what is known now, as the other stages leave them. */
  #release(): EventBatch | undefined {
    const lines: IdentifiableLine[] = [];
    while (lines.length < BATCH_CAPACITY) {
      const line = this.#room.take();
      if (line === undefined) break;
      lines.push(line);
    }
    this.#count();
    if (lines.length === 0) return undefined;
    const batch = this.#released;
    batch.clear();
    batch.bytes = new Uint8Array(lines.reduce((sum, { bytes }) => sum + bytes, SLACK));
    let at = 0;
    for (const { text, bytes } of lines) {
      batch.bytes.set(text!, at);
      batch.push(at, at + bytes, 0);
      at += bytes;
    }
    for (const [i, line] of lines.entries()) {
      try {
        this.#edit(batch, i, line);
      } catch (error) {
        this.#settings.onInternalError(error);
      }
    }
    this.#inner.process(batch);
    return batch;
  }

  #count(): void {
    const { figures } = this.#settings.identity.wait;
    const { count } = this.#room;
    figures.waiting += count - this.#counted;
    this.#counted = count;
    if (count > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Many answers may come at once. */
  #wake(): void {
    if (this.#isWakeDue) return;
    this.#isWakeDue = true;
    setImmediate(() => {
      this.#isWakeDue = false;
      this.#onDue();
    });
  }
}
