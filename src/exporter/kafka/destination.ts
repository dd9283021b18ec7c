/** @module A Kafka cluster as a place that takes bulks. */
import type { ConsolaInstance } from "consola";
import type { Bulk, BulkDestination } from "../delivery/bulk.ts";
import type { QueueLife } from "../delivery/queue-life.ts";
import { formatServerAddress, type ServerAddress } from "../server-address.ts";
import { KafkaBulk } from "./bulk.ts";
import { Cluster } from "./cluster.ts";
import { Identity } from "./identity.ts";
import type { KafkaValues } from "./options.ts";
import { Partitioner } from "./partitioner.ts";
import { Producer } from "./producer.ts";
import { Records } from "./records.ts";
import { Router } from "./routes.ts";

/** What a destination is made from. */
export interface DestinationSettings {
  readonly name: string;
  readonly brokers: readonly ServerAddress[];
  readonly values: KafkaValues;
  readonly log: ConsolaInstance;
  /** Opened and closed with the destination. */
  readonly life: QueueLife;
}

/** Sends to one cluster. */
export class KafkaDestination implements BulkDestination {
  readonly kind = "bulk";
  readonly description: string;
  readonly #settings: DestinationSettings;
  readonly #identity: Identity;
  readonly #cluster: Cluster;
  readonly #producer: Producer;
  readonly #partitioner: Partitioner;

  constructor(settings: DestinationSettings) {
    const { brokers, values, name, log } = settings;
    this.#settings = settings;
    this.description = `${brokers.map(formatServerAddress).join(", ")}, topic ${values["kafka-topic"]}`;
    const identity = new Identity(values, settings);
    const user = () => identity.user;
    const timeoutMs = values["kafka-timeout"];
    this.#identity = identity;
    this.#cluster = new Cluster({
      addresses: brokers,
      brokers: {
        isTls: brokers.some(({ isTls }) => isTls),
        timeoutMs,
        identity: () => identity,
        onRefused: () => identity.doubt(),
      },
      user,
    });
    const acks = values["kafka-acks"] === "all" ? -1 : 1;
    this.#producer = new Producer(
      { name, cluster: this.#cluster, acks, timeoutMs, log, user },
      values["kafka-batch-max-bytes"],
    );
    this.#partitioner = new Partitioner(this.#producer);
  }

  async open(): Promise<void> {
    await this.#identity.open();
    this.#settings.life.open();
  }

  createBulk(): Bulk {
    const { values } = this.#settings;
    const records = new Records(
      {
        maxBytes: values["kafka-batch-max-bytes"],
        maxEvents: values["kafka-batch-max-size"],
        compression: values["kafka-compression"],
      },
      new Router(values["kafka-topic"], values["kafka-key"]),
    );
    return new KafkaBulk(records, {
      name: this.description,
      producer: this.#producer,
      partitioner: this.#partitioner,
      renew: () => this.#identity.renew(),
    });
  }

  async close(): Promise<void> {
    this.#cluster.close();
    await this.#settings.life.close();
  }

  undo(): void {
    this.#settings.life.undo();
  }
}
