/**
 * @module The batches of one partition, in the order of their records. Brokers take each batch once by its numbers, and
 * in their order (KIP-98): so a batch keeps its numbers whatever becomes of it, and none overtakes another.
 */
import { NO_SEQUENCE, type Sequence, sequenceAfter } from "../../lib/kafka/record-batch.ts";
import type { Batch } from "./batch.ts";
import type { ProducerId } from "./cluster.ts";

/** Brokers know the last five batches of a producer. */
const MOST_IN_FLIGHT = 5;
const LAST_EPOCH = 32_767;

/** One partition of a topic. */
export class Lane {
  readonly topic: string;
  readonly partition: number;
  /** Those that have not arrived. */
  readonly queue: Batch[] = [];
  /** `undefined`: batches have no numbers. */
  #made: { producerId: bigint; epoch: number; next: number } | undefined;
  /** Batches have arrived, and nothing has failed since: several may be on their way. */
  #isProven = false;
  #mustRenew = false;
  /** What is sent before its turn, to find out whether those before it have arrived. */
  #probe: Batch | undefined;

  /** @param id `undefined`: it is not idempotent. */
  constructor(topic: string, partition: number, id: ProducerId | undefined) {
    this.topic = topic;
    this.partition = partition;
    if (id !== undefined) this.#made = { ...id, next: 0 };
  }

  get description(): string {
    return `partition ${this.partition} of topic "${this.topic}"`;
  }

  /** Whether numbers are begun anew, as soon as nothing is on its way. */
  get mustRenew(): boolean {
    return this.#mustRenew;
  }

  /** Whether that needs another producer's id than this. */
  needsOther(id: ProducerId | undefined): boolean {
    const made = this.#made;
    return (
      this.#mustRenew && made !== undefined && made.epoch >= LAST_EPOCH && made.producerId === id?.producerId
    );
  }

  /** Takes a batch in behind the others; it gets the numbers that follow. */
  add(batch: Batch): void {
    this.queue.push(batch);
    this.#number(batch);
  }

  /** Gives all batches away, for good: there is no such partition any more. @returns None while an answer is waited for. */
  leave(): Batch[] {
    return this.queue.some(({ state }) => state === "sent") ? [] : this.queue.splice(0);
  }

  /** What is on the batch, by the numbers of the lane. */
  sequenceOf(batch: Batch): Sequence {
    const made = this.#made;
    if (made === undefined) return NO_SEQUENCE;
    return { producerId: made.producerId, epoch: made.epoch, sequence: batch.sequence };
  }

  /** The batch that may be sent now. @param id The producer's present one. */
  next(id: ProducerId | undefined): Batch | undefined {
    if (this.#probe !== undefined) return this.#probe.state === "ready" ? this.#probe : undefined;
    let [inFlight, first] = [0, undefined as Batch | undefined];
    for (const batch of this.queue) {
      if (batch.state !== "sent") first ??= batch;
      // Another try: what was sent behind it is waited for.
      else if (first !== undefined) return undefined;
      else inFlight++;
    }
    if (first?.state === "waiting") this.#waitWith(first);
    if (first?.state !== "ready" || first.parts === undefined) return undefined;
    if (inFlight >= (this.#isProven && !this.#mustRenew ? MOST_IN_FLIGHT : 1)) return undefined;
    if (this.#mustRenew && (inFlight > 0 || !this.#renew(id))) return undefined;
    return first;
  }

  /** Where only another producer's id would help, nothing is waited for. */
  giveUpWithout(id: ProducerId | undefined): void {
    if (!this.needsOther(id) || this.queue.some(({ state }) => state === "sent")) return;
    const first = this.queue.find(({ state }) => state === "ready");
    if (first !== undefined) this.failed(first, new Error(`${this.description} needs another producer's id`));
  }

  /** A batch has arrived. */
  arrived(batch: Batch): void {
    if (this.queue[0] === batch) this.#isProven = true;
    this.#remove(batch);
  }

  /** Whether the batch was sent before its turn. */
  isProbe(batch: Batch): boolean {
    return this.#probe === batch;
  }

  /**
   * The numbers of the first batch are not those that its broker expects. Either it has lost what it had, or it has the batch and
   * does not know any more: a broker that starts from a snapshot knows the last batch of a producer alone. Brokers take no batch
   * before the one in front of it, so if one behind it is taken, the first has arrived: the next one is tried that may be there.
   * @returns Whether there is one.
   */
  probe(): boolean {
    if (this.queue.some(({ state }) => state === "sent")) return false;
    const tried = this.#probe === undefined ? 0 : this.queue.indexOf(this.#probe);
    this.#probe = this.queue[tried + 1];
    if (this.#probe?.wasSent !== true) {
      this.#probe = undefined;
      return false;
    }
    this.#isProven = false;
    this.#probe.allow();
    return true;
  }

  /** The batches before one that has arrived out of its turn: they have, too. */
  before(batch: Batch): readonly Batch[] {
    if (!this.isProbe(batch)) return [];
    this.#probe = undefined;
    return this.queue.slice(0, this.queue.indexOf(batch));
  }

  /** A batch has failed: those behind it wait with it. */
  failed(batch: Batch, error: Error): void {
    this.#isProven = false;
    this.#probe = undefined;
    batch.fail(error);
    this.#waitWith(batch);
  }

  /** What is ready behind a batch that has failed will not be sent before that is: nobody waits for it meanwhile. */
  #waitWith(batch: Batch): void {
    const { error } = batch;
    if (error === undefined) return;
    const behind = this.queue.slice(this.queue.indexOf(batch) + 1);
    for (const other of behind) if (other.state === "ready") other.fail(error);
  }

  /** A batch is never sent: its numbers are free, so all that follow have others. Its broker has taken none of these. */
  dropped(batch: Batch): void {
    this.#remove(batch);
    if (this.#made !== undefined) this.#mustRenew = true;
  }

  /** A batch is these now, which have its numbers. */
  replace(batch: Batch, parts: readonly Batch[]): void {
    if (this.#probe === batch) this.#probe = undefined;
    let { sequence } = batch;
    for (const part of parts) {
      part.sequence = sequence;
      if (this.#made !== undefined) sequence = sequenceAfter(sequence, part.lines.length);
    }
    this.queue.splice(this.queue.indexOf(batch), 1, ...parts);
  }

  /** The broker does not know these numbers (KIP-360): all that has not arrived gets others, of a new epoch. */
  renewLater(): void {
    this.#isProven = false;
    this.#probe = undefined;
    this.#mustRenew = true;
  }

  /** @returns Whether it could be done. */
  #renew(id: ProducerId | undefined): boolean {
    const made = this.#made;
    if (made === undefined) return true;
    if (made.epoch < LAST_EPOCH) made.epoch++;
    else if (id !== undefined && id.producerId !== made.producerId) Object.assign(made, id);
    else return false;
    this.#mustRenew = false;
    made.next = 0;
    for (const batch of this.queue) this.#number(batch);
    for (const batch of this.queue) batch.wasSent = false;
    return true;
  }

  #number(batch: Batch): void {
    const made = this.#made;
    if (made === undefined) return;
    batch.sequence = made.next;
    made.next = sequenceAfter(made.next, batch.lines.length);
  }

  #remove(batch: Batch): void {
    const i = this.queue.indexOf(batch);
    if (i >= 0) this.queue.splice(i, 1);
  }
}
