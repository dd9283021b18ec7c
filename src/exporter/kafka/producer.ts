/** @module Sends batches to the leaders of their partitions, and judges what these answer. */
import type { ConsolaInstance } from "consola";
import { ERROR, errorName } from "../../lib/kafka/error-codes.ts";
import { batchHeader } from "../../lib/kafka/record-batch.ts";
import { PRODUCE_WITH_ZSTD, type Produced, readProduce, writeProduce } from "../../lib/kafka/requests.ts";
import { Batch } from "./batch.ts";
import type { Broker } from "./broker.ts";
import type { Cluster, ProducerId } from "./cluster.ts";
import { Lane } from "./lane.ts";
import { causeOf, verdictOf } from "./verdict.ts";

/** What a producer is made from. */
export interface ProducerSettings {
  readonly name: string;
  readonly cluster: Cluster;
  /** -1 for all replicas that are in sync, which is what numbers need. */
  readonly acks: -1 | 1;
  readonly timeoutMs: number;
  readonly log: ConsolaInstance;
  /** Who writes, for messages. */
  user(): string;
}

/** Bytes of a request beside its batches, roughly. */
const REQUEST_BYTES = 512;
/** Numbers of a partition are begun anew so often for one batch before it waits. */
const MOST_RENEWALS = 3;
/** The least that a batch is cut down to for all that follow, bytes. */
const LEAST_BATCH_BYTES = 4096;

/** One producer: it has one id, and lanes for the partitions that it writes to. */
export class Producer {
  readonly #settings: ProducerSettings;
  readonly #lanes = new Map<string, Lane[]>();
  #id: ProducerId | undefined;
  #asking: Promise<void> | undefined;
  /** Topics in which something has arrived. */
  readonly #proven = new Set<string>();
  /** Bytes of records in one batch, before they are compressed. */
  maxBatchBytes: number;

  constructor(settings: ProducerSettings, maxBatchBytes: number) {
    this.#settings = settings;
    this.maxBatchBytes = maxBatchBytes;
  }

  /** Sees to it that there are lanes for the topics. @throws Error that says what is missing. */
  async prepare(topics: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
    const { cluster, acks } = this.#settings;
    await cluster.know(topics, signal);
    for (const topic of topics) this.#leavePartitions(topic);
    if (acks !== -1) return;
    if (this.#id !== undefined && !this.#allLanes().some((lane) => lane.needsOther(this.#id))) return;
    this.#asking ??= cluster.newProducerId().then(
      (id) => {
        this.#id = id;
        this.#asking = undefined;
      },
      (error) => {
        this.#asking = undefined;
        throw error;
      },
    );
    await this.#asking;
  }

  /** Partitions of a topic that {@link prepare} has prepared. */
  partitionCount(topic: string): number {
    return this.#settings.cluster.leaders(topic).length;
  }

  /** Whether somebody leads the partition now. */
  isLed(topic: string, partition: number): boolean {
    return this.#settings.cluster.leader(topic, partition) !== undefined;
  }

  lane(topic: string, partition: number): Lane {
    let lanes = this.#lanes.get(topic);
    if (lanes === undefined) {
      lanes = [];
      this.#lanes.set(topic, lanes);
    }
    lanes[partition] ??= new Lane(topic, partition, this.#id);
    return lanes[partition]!;
  }

  /** Allows batches to be sent, and those before them. Their owners are told what becomes of them. */
  async send(batches: readonly Batch[]): Promise<void> {
    const lanes = this.#lanesOf(batches);
    const allowed: Batch[] = [];
    for (const { queue } of lanes) {
      let last = queue.length - 1;
      while (last >= 0 && !batches.includes(queue[last]!)) last--;
      allowed.push(...queue.slice(0, last + 1));
    }
    await Promise.all(allowed.map((batch) => batch.encode()));
    for (const batch of allowed) batch.allow();
    this.#flush(lanes);
  }

  /** A topic that was made anew may have fewer partitions: what waits for others goes to those that there are. */
  #leavePartitions(topic: string): void {
    const count = this.partitionCount(topic);
    const gone = (this.#lanes.get(topic) ?? []).slice(count).filter((lane) => lane !== undefined);
    for (const lane of gone)
      for (const batch of lane.leave()) {
        batch.partition = lane.partition % count;
        this.#laneOf(batch).add(batch);
      }
  }

  #laneOf({ topic, partition }: Batch): Lane {
    return this.lane(topic, partition);
  }

  #lanesOf(batches: readonly Batch[]): Set<Lane> {
    return new Set(batches.map((batch) => this.#laneOf(batch)));
  }

  #allLanes(): Lane[] {
    return [...this.#lanes.values()].flat().filter((lane) => lane !== undefined);
  }

  /** Sends what there is room for: a request has a batch of each partition at most. */
  #flush(lanes: Iterable<Lane>): void {
    for (;;) {
      const requests = new Map<Broker, Batch[]>();
      for (const lane of lanes) {
        const batch = lane.next(this.#id);
        if (batch === undefined) {
          lane.giveUpWithout(this.#id);
          continue;
        }
        const leader = this.#settings.cluster.leader(lane.topic, lane.partition);
        if (leader === undefined) {
          this.#settings.cluster.forget();
          lane.failed(batch, new Error(`${lane.description} has no leader`));
          continue;
        }
        batch.state = "sent";
        batch.wasSent = true;
        const request = requests.get(leader);
        if (request === undefined) requests.set(leader, [batch]);
        else request.push(batch);
      }
      if (requests.size === 0) return;
      for (const [leader, batches] of requests) void this.#request(leader, batches);
    }
  }

  async #request(leader: Broker, batches: readonly Batch[]): Promise<void> {
    let produced: readonly Produced[];
    try {
      produced = await this.#ask(leader, batches);
    } catch (error) {
      this.#settings.cluster.forget();
      for (const batch of batches) this.#laneOf(batch).failed(batch, error as Error);
      return this.#flush(this.#lanesOf(batches));
    }
    for (const batch of batches) {
      const { topic, partition } = batch;
      const answer = produced.find((one) => one.topic === topic && one.partition === partition);
      if (answer !== undefined) this.#judge(batch, answer, leader);
      else {
        const lane = this.#laneOf(batch);
        lane.failed(batch, new Error(`${leader.description} said nothing of ${lane.description}`));
      }
    }
    this.#flush(this.#lanesOf(batches));
  }

  async #ask(leader: Broker, batches: readonly Batch[]): Promise<readonly Produced[]> {
    const { acks, timeoutMs } = this.#settings;
    const needsZstd = batches.some(({ parts }) => parts!.compression === "zstd");
    const payloads = batches.reduce((sum, { parts }) => sum + parts!.payload.length, 0);
    const { from, version } = await leader.ask({
      name: "produce",
      ...(needsZstd && { least: PRODUCE_WITH_ZSTD }),
      room: payloads + REQUEST_BYTES * (batches.length + 1),
      write: (to) =>
        writeProduce(to, {
          acks,
          timeoutMs,
          batches: batches.map((batch) => ({
            topic: batch.topic,
            partition: batch.partition,
            bytes: [batchHeader(batch.parts!, this.#laneOf(batch).sequenceOf(batch)), batch.parts!.payload],
          })),
        }),
    });
    const { produced, throttleMs } = readProduce(from, version);
    leader.throttle(throttleMs);
    return produced;
  }

  #judge(batch: Batch, answer: Produced, leader: Broker): void {
    const { lines, owner } = batch;
    const lane = this.#laneOf(batch);
    const isFirst = lane.queue[0] === batch;
    const verdict = verdictOf(answer.error, this.#proven.has(lane.topic));
    const why = () => new Error(`${leader.description}: ${causeOf(answer, lane, this.#settings.user())}`);
    if (verdict === "arrived") {
      this.#proven.add(lane.topic);
      for (const one of [...lane.before(batch), batch]) this.#arrived(lane, one);
    } else if (verdict === "too-large" || verdict === "bad") {
      if (lines.length > 1) this.#halve(batch, verdict === "too-large");
      else if (!isFirst) lane.failed(batch, why());
      else {
        batch.state = "done";
        lane.dropped(batch);
        owner.refused(batch, why().message);
        owner.moved();
      }
    } else if (verdict === "unknown-numbers" && lane.mustRenew) batch.state = "ready";
    else if (verdict === "unknown-numbers" && (isFirst || lane.isProbe(batch)))
      this.#judgeNumbers(lane, batch, answer, why);
    else {
      if (verdict === "stale") this.#settings.cluster.forget();
      if (answer.error === ERROR.INVALID_TIMESTAMP) batch.renewTime();
      lane.failed(batch, why());
    }
  }

  #arrived(lane: Lane, batch: Batch): void {
    batch.state = "done";
    lane.arrived(batch);
    batch.owner.accepted(batch);
    batch.owner.moved();
  }

  /** The broker expects other numbers than those of the batch. */
  #judgeNumbers(lane: Lane, batch: Batch, answer: Produced, why: () => Error): void {
    const first = lane.queue[0]!;
    batch.state = "ready";
    if (answer.error === ERROR.OUT_OF_ORDER_SEQUENCE_NUMBER && lane.probe()) return;
    if (first.renewals < MOST_RENEWALS) this.#renew(first, answer);
    else lane.failed(first, why());
  }

  #renew(batch: Batch, { error }: Produced): void {
    batch.renewals++;
    batch.state = "ready";
    const lane = this.#laneOf(batch);
    lane.renewLater();
    const { name, log } = this.#settings;
    log.warn("Brokers have forgotten what arrived in a partition: numbers of its records begin anew", {
      exporter: name,
      topic: lane.topic,
      partition: lane.partition,
      error: errorName(error),
    });
  }

  /** Both halves have the numbers of the whole. */
  #halve(batch: Batch, isTooLarge: boolean): void {
    const { lines, owner, parts } = batch;
    const lane = this.#laneOf(batch);
    const middle = lines.length >> 1;
    const halves = [lines.slice(0, middle), lines.slice(middle)].map((some) => new Batch(owner, lane, some));
    if (isTooLarge) {
      const half = Math.floor(parts!.rawBytes / 2);
      this.maxBatchBytes = Math.max(LEAST_BATCH_BYTES, Math.min(this.maxBatchBytes, half));
    }
    batch.state = "done";
    lane.replace(batch, halves);
    owner.replaced(batch, halves);
    for (const half of halves) half.allow();
    for (const half of halves)
      half.encode().then(
        () => this.#flush([lane]),
        (error: Error) => lane.failed(half, error),
      );
    owner.moved();
  }
}
