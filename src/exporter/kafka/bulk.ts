/** @module Events that are sent together, as batches of the partitions that they go to, until each has arrived. */
import type { LineView } from "../../event/batch.ts";
import type { BatchParts } from "../../lib/kafka/record-batch.ts";
import type { Bulk, BulkAttempt, BulkOutcome, LineId } from "../delivery/bulk.ts";
import { PUSHED, type PushResult } from "../delivery/destination.ts";
import type { Batch } from "./batch.ts";
import type { Assignable, Partitioner } from "./partitioner.ts";
import type { Producer } from "./producer.ts";
import type { Records } from "./records.ts";

/** What a bulk shares with the others of its destination. */
export interface SharedParts {
  /** Of the destination, for letters. */
  readonly name: string;
  readonly producer: Producer;
  readonly partitioner: Partitioner;
  /** Looks at files that may have changed. */
  renew(): Promise<void>;
}

/** What became of a batch. */
interface Fate {
  readonly batch: Batch;
  /** Why it was refused. @default it has arrived */
  readonly reason?: string;
}

/** One bulk. */
export class KafkaBulk implements Bulk, Assignable {
  readonly #shared: SharedParts;
  readonly #records: Records;
  /** Those that have not arrived; `undefined` until lines have been given to them. */
  #batches: Batch[] | undefined;
  /** Lines that say who is speaking. */
  #introductions: number[] = [];
  #outcome: BulkOutcome | undefined;
  /** Of batches that others have sent before this one was pushed. */
  #fates: Fate[] = [];
  #onMoved: (() => void) | undefined;

  constructor(records: Records, shared: SharedParts) {
    this.#records = records;
    this.#shared = shared;
  }

  clear(): void {
    this.#records.clear();
    this.#batches = undefined;
    this.#introductions = [];
    this.#outcome = undefined;
    this.#fates = [];
  }

  add(lines: LineView, i: number, _id: LineId, isMetadata: boolean): boolean {
    const number = this.#records.length;
    if (!this.#records.add(lines, i)) return false;
    if (number === 0) this.#shared.partitioner.enter(this);
    if (isMetadata) this.#introductions.push(number);
    return true;
  }

  /** A producer of an earlier run had another id: what it has sent may come twice. */
  suspect(): void {}

  async push(outcome: BulkOutcome, { signal, onSend }: BulkAttempt): Promise<PushResult> {
    const { producer, partitioner, renew } = this.#shared;
    await renew();
    await partitioner.assign(this, signal);
    if (signal.aborted) return PUSHED;
    onSend();
    this.#outcome = outcome;
    const forget = () => {
      this.#outcome = undefined;
      this.#onMoved?.();
    };
    signal.addEventListener("abort", forget);
    for (const fate of this.#fates.splice(0)) this.#settle(outcome, fate);
    try {
      // Who is speaking comes before what is said, whichever partitions these are in.
      const first = this.#batches!.filter(({ lines }) => this.#introductions.some((i) => lines.includes(i)));
      const all = [first, this.#batches!].filter((batches) => batches.length > 0);
      for (const batches of all) {
        await producer.prepare(new Set(batches.map(({ topic }) => topic)), signal);
        await producer.send(batches.filter((batch) => batch.state === "waiting"));
        await this.#ended(signal);
        const failed = this.#batches!.find(({ error }) => error !== undefined);
        if (failed?.error !== undefined && outcome.pending > 0) return { error: failed.error };
      }
      return PUSHED;
    } finally {
      signal.removeEventListener("abort", forget);
    }
  }

  letter(i: number, reason: string): Uint8Array {
    const { topic } = this.#records.routeOf(i);
    const fields = { "@timestamp": new Date().toISOString(), to: this.#shared.name, topic, reason };
    const head = JSON.stringify(fields).slice(0, -1);
    return Buffer.concat([Buffer.from(`${head},"document":`), this.#records.valueOf(i), Buffer.from("}\n")]);
  }

  /** Topics of its lines. */
  get topics(): Set<string> {
    const topics = new Set<string>();
    for (let i = 0; i < this.#records.length; i++) topics.add(this.#records.routeOf(i).topic);
    return topics;
  }

  get records(): Records {
    return this.#records;
  }

  /** Its lines are in these batches, which are in their lanes. */
  assigned(batches: Batch[]): void {
    this.#batches = batches;
  }

  encode(lines: readonly number[]): Promise<BatchParts> {
    return this.#records.encode(lines);
  }

  accepted(batch: Batch): void {
    this.#take({ batch });
  }

  refused(batch: Batch, reason: string): void {
    this.#take({ batch, reason });
  }

  replaced(batch: Batch, parts: readonly Batch[]): void {
    this.#batches!.splice(this.#batches!.indexOf(batch), 1, ...parts);
  }

  moved(): void {
    this.#onMoved?.();
  }

  #take(fate: Fate): void {
    const batches = this.#batches!;
    batches.splice(batches.indexOf(fate.batch), 1);
    if (this.#outcome === undefined) this.#fates.push(fate);
    else this.#settle(this.#outcome, fate);
  }

  #settle(outcome: BulkOutcome, { batch, reason }: Fate): void {
    for (const i of batch.lines)
      if (reason === undefined) outcome.accept(i);
      else outcome.refuse(i, reason);
  }

  /** Resolves when no batch is tried any more, or time is up. */
  async #ended(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.#batches!.some(({ isTried }) => isTried)) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#onMoved = resolve;
      await promise;
      this.#onMoved = undefined;
    }
  }
}
