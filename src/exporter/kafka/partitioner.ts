/** @module Gives the lines of bulks to partitions, in the order of the bulks, once. */
import { Batch, type BatchOwner } from "./batch.ts";
import type { Lane } from "./lane.ts";
import type { Producer } from "./producer.ts";
import type { Records } from "./records.ts";
import type { Key } from "./routes.ts";

/** Lines that are given to partitions together. */
export interface Assignable extends BatchOwner {
  readonly records: Records;
  /** Topics of its lines. */
  readonly topics: ReadonlySet<string>;
  /** Its lines are in these batches, which are in their lanes. */
  assigned(batches: Batch[]): void;
}

/** Lines of one batch that is being made. */
interface Open {
  readonly lane: Lane;
  lines: number[];
  bytes: number;
}

/** Of one producer. */
export class Partitioner {
  readonly #producer: Producer;
  /** Bulks whose lines have not been given to partitions, in order. */
  readonly #waiting: Assignable[] = [];
  /** Partitions that take their turns with records without a key. */
  #turn = 0;

  constructor(producer: Producer) {
    this.#producer = producer;
  }

  /** A bulk has got its first line. */
  enter(bulk: Assignable): void {
    if (!this.#waiting.includes(bulk)) this.#waiting.push(bulk);
  }

  /** Gives lines of the bulk to partitions, and before them those of bulks before it. @throws Error that says what is missing. */
  async assign(bulk: Assignable, signal: AbortSignal): Promise<void> {
    while (this.#waiting.includes(bulk)) {
      const first = this.#waiting[0]!;
      await this.#producer.prepare(first.topics, signal);
      // Another one may have done it meanwhile.
      if (this.#waiting[0] !== first) continue;
      this.#waiting.shift();
      first.assigned(this.#split(first));
    }
  }

  #split(bulk: Assignable): Batch[] {
    const { records } = bulk;
    const { maxBatchBytes } = this.#producer;
    const batches: Batch[] = [];
    const open = new Map<Lane, Open>();
    const turns = new Map<string, number>();
    const close = ({ lane, lines }: Open) => {
      const batch = new Batch(bulk, lane, lines);
      lane.add(batch);
      batches.push(batch);
    };
    for (let i = 0; i < records.length; i++) {
      const { topic, key } = records.routeOf(i);
      const lane = this.#producer.lane(topic, this.#partitionOf(topic, key, turns));
      const size = records.sizeOf(i);
      let batch = open.get(lane);
      if (batch === undefined) {
        batch = { lane, lines: [], bytes: 0 };
        open.set(lane, batch);
      }
      if (batch.bytes + size > maxBatchBytes && batch.lines.length > 0) {
        close(batch);
        batch.lines = [];
        batch.bytes = 0;
      }
      batch.lines.push(i);
      batch.bytes += size;
    }
    for (const batch of open.values()) close(batch);
    return batches;
  }

  /** @param turns Whose turn it is in this bulk, by topic. */
  #partitionOf(topic: string, key: Key | undefined, turns: Map<string, number>): number {
    const count = this.#producer.partitionCount(topic);
    if (key !== undefined) return (key.hash & 0x7fffffff) % count;
    let turn = turns.get(topic);
    turn ??= this.#nextLed(topic, count);
    turns.set(topic, turn);
    return turn;
  }

  /** A partition that has a leader, if one has. */
  #nextLed(topic: string, count: number): number {
    for (let i = 0; i < count; i++) {
      const partition = this.#turn++ % count;
      if (this.#producer.isLed(topic, partition)) return partition;
    }
    return this.#turn++ % count;
  }
}
