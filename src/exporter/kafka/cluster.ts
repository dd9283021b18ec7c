/** @module Which brokers there are, and which of them leads each partition of the topics that are written to. */
import { ERROR, errorName } from "../../lib/kafka/error-codes.ts";
import {
  type BrokerAddress,
  readInitProducerId,
  readMetadata,
  type TopicState,
  writeInitProducerId,
  writeMetadata,
} from "../../lib/kafka/requests.ts";
import { errorMessage } from "../../os/caught.ts";
import { Broker, type BrokerSettings } from "./broker.ts";

/** What is known is asked for anew after so long, milliseconds: partitions may have been added. */
const OLD_MS = 300_000;
/** A topic that is being made is looked for again: so often, after so long. */
const [LOOKS, LOOK_AGAIN_MS] = [10, 100];
/** Partitions of a topic at most, and brokers of a cluster. */
const [MOST_PARTITIONS, MOST_BROKERS] = [100_000, 10_000];

/** What a cluster is made from. */
export interface ClusterSettings {
  /** Who is asked first. */
  readonly addresses: readonly { readonly host: string; readonly port: number }[];
  readonly brokers: BrokerSettings;
  /** Who writes, for messages. */
  user(): string;
}

/** Who made a batch, as a broker has numbered it. */
export interface ProducerId {
  readonly producerId: bigint;
  readonly epoch: number;
}

/** A cluster. */
export class Cluster {
  readonly #settings: ClusterSettings;
  /** Those that are asked while no others are known. */
  readonly #first: readonly Broker[];
  #brokers = new Map<number, Broker>();
  /** Leaders by the numbers of partitions; -1 where there is none. */
  readonly #topics = new Map<string, Int32Array>();
  #askedAt = 0;
  #isStale = true;
  #refreshing: Promise<void> | undefined;

  constructor(settings: ClusterSettings) {
    this.#settings = settings;
    this.#first = settings.addresses.map((address) => new Broker(address, settings.brokers));
  }

  /** What is known has turned out to be wrong. */
  forget(): void {
    this.#isStale = true;
  }

  /** Sees to it that {@link leaders} knows the topics. @throws Error that says which one it does not know, or who cannot be reached. */
  async know(topics: Iterable<string>, signal: AbortSignal): Promise<void> {
    const wanted = [...topics];
    const isKnown = () => !this.#isStale && wanted.every((topic) => this.#topics.has(topic));
    const isOld = performance.now() - this.#askedAt > OLD_MS;
    if (isKnown() && !isOld) return;
    // What somebody else has asked for, before this, may do.
    await this.#refreshing;
    if (isKnown() && !isOld) return;
    this.#refreshing ??= this.#refresh(new Set([...this.#topics.keys(), ...wanted]), signal).finally(() => {
      this.#refreshing = undefined;
    });
    await this.#refreshing;
    if (!isKnown()) throw new Error("brokers said nothing of some topics");
  }

  /** Leaders by the numbers of partitions. Only of a topic that is known. */
  leaders(topic: string): Int32Array {
    return this.#topics.get(topic)!;
  }

  /** Who leads a partition; `undefined` where nobody does. */
  leader(topic: string, partition: number): Broker | undefined {
    return this.#brokers.get(this.#topics.get(topic)?.[partition] ?? -1);
  }

  /** A new number for a producer. @throws Error that says why there is none. */
  async newProducerId(): Promise<ProducerId> {
    const [broker] = this.#candidates();
    const { from } = await broker!.ask({ name: "initProducerId", write: writeInitProducerId });
    const { error, producerId, epoch } = readInitProducerId(from);
    if (error === ERROR.NONE) return { producerId, epoch };
    const who = this.#settings.user();
    const cure =
      error === ERROR.CLUSTER_AUTHORIZATION_FAILED
        ? `: ${who} lacks the right IdempotentWrite of the cluster`
        : "";
    throw new Error(`${broker!.description}: it gives no number to a producer (${errorName(error)})${cure}`);
  }

  close(): void {
    for (const broker of [...this.#first, ...this.#brokers.values()]) broker.close();
  }

  /** Brokers in the order in which they are asked: those that answer now first. */
  #candidates(): Broker[] {
    const all = [...this.#brokers.values(), ...this.#first];
    return [...all.filter(({ isOpen }) => isOpen), ...all.filter(({ isOpen }) => !isOpen)];
  }

  async #refresh(topics: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
    for (let look = 1; ; look++) {
      const states = await this.#ask([...topics], signal);
      const missing = states.find(({ error }) => error !== ERROR.NONE);
      if (missing === undefined) break;
      const isMaybeNew =
        missing.error === ERROR.UNKNOWN_TOPIC_OR_PARTITION || missing.error === ERROR.LEADER_NOT_AVAILABLE;
      if (!isMaybeNew || look === LOOKS || signal.aborted) throw this.#topicError(missing);
      await Bun.sleep(LOOK_AGAIN_MS);
    }
    this.#isStale = false;
    this.#askedAt = performance.now();
  }

  async #ask(topics: readonly string[], signal: AbortSignal): Promise<readonly TopicState[]> {
    const failures = new Set<string>();
    for (const broker of this.#candidates()) {
      try {
        const { from } = await broker.ask({
          name: "metadata",
          write: (to) => writeMetadata(to, topics, true),
        });
        const { brokers, topics: states } = readMetadata(from);
        this.#learn(brokers, states);
        return states;
      } catch (error) {
        failures.add(errorMessage(error));
        if (signal.aborted) break;
      }
    }
    throw new Error([...failures].join("; "));
  }

  #learn(addresses: readonly BrokerAddress[], states: readonly TopicState[]): void {
    const brokers = new Map<number, Broker>();
    for (const { id, host, port } of addresses.slice(0, MOST_BROKERS)) {
      const known = this.#brokers.get(id);
      const isSame = known?.host === host && known.port === port;
      brokers.set(id, isSame ? known : new Broker({ host, port }, this.#settings.brokers));
    }
    for (const [id, broker] of this.#brokers) if (brokers.get(id) !== broker) broker.close();
    this.#brokers = brokers;
    for (const { error, name, partitions } of states) {
      if (error !== ERROR.NONE) continue;
      const count = Math.min(MOST_PARTITIONS, partitions.length);
      const leaders = new Int32Array(count).fill(-1);
      for (const { index, leader } of partitions) if (index >= 0 && index < count) leaders[index] = leader;
      if (count > 0) this.#topics.set(name, leaders);
    }
  }

  #topicError({ error, name }: TopicState): Error {
    const who = this.#settings.user();
    const why: Readonly<Record<number, string>> = {
      [ERROR.UNKNOWN_TOPIC_OR_PARTITION]:
        "there is none, and brokers make none: create it, or give the right --kafka-topic",
      [ERROR.TOPIC_AUTHORIZATION_FAILED]: `${who} may not see it`,
      [ERROR.INVALID_TOPIC_EXCEPTION]: "brokers take no such name: give the right --kafka-topic",
    };
    return new Error(`topic "${name}": ${why[error] ?? "it cannot be written to"} (${errorName(error)})`);
  }
}
