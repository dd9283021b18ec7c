/** @module Options of the Kafka exporter. */
import { checkedText, choice, duration, integer, list, path, size, text } from "../../config/kind.ts";
import { optionRows, type ValuesOf } from "../../config/option.ts";
import { deadLetterOptions } from "../delivery/dead-letter-options.ts";
import { queueOptions } from "../delivery/queue-options.ts";
import { parseServerAddress, type ServerAddress } from "../server-address.ts";
import { tlsOptions } from "../tls-options.ts";
import { isTopic, KEYS } from "./choices.ts";

const GROUP = "Kafka";
const COMMON = { group: GROUP, from: "tetrad", support: "used" } as const;
/** As brokers have them by custom. */
const PORTS = { tcp: 9092, tls: 9093 };

/** A broker, as users write it. @returns `undefined` for what is none. */
export function kafkaBroker(item: string): ServerAddress | undefined {
  return parseServerAddress(item, PORTS);
}

export const kafkaRows = optionRows(() => ({
  "kafka-brokers": {
    ...COMMON,
    placeholder: "ADDRESS,...",
    kind: list(
      "addresses of brokers such as tls://kafka:9093 or kafka:9092",
      (item) => kafkaBroker(item) !== undefined,
    ),
    default: "",
    description:
      "Kafka brokers that are asked for all others; events go to the leaders of the topic's partitions. With tls:// all brokers are spoken to over TLS. Without a port it is 9092, with tls:// 9093.",
  },
  "kafka-topic": {
    ...COMMON,
    placeholder: "NAME",
    kind: checkedText("the name of a topic, which may have {event_type} in it", isTopic),
    default: "tetragon",
    description:
      "Topic that events are written to. {event_type} in it stands for the type, such as process_exec or agent_init; types that Tetragon's API does not have are unknown.",
  },
  "kafka-key": {
    ...COMMON,
    placeholder: KEYS.join("|"),
    kind: choice(KEYS),
    default: "node",
    description:
      "Key of the records: those with one key are in one partition, in order, which is the one that Kafka's Java client would choose. node, the node's name; container, the id of the container, or else the node; exec-id, the process, or else the node; none, no key: partitions take turns.",
  },
  "kafka-acks": {
    ...COMMON,
    placeholder: "all|1",
    kind: choice(["all", "1"]),
    default: "all",
    description:
      "Who must have a record before it counts as exported: all, every replica that is in sync, and each record is in the topic once; 1, the leader alone: then records may be doubled, and lost with the leader.",
  },
  "kafka-compression": {
    ...COMMON,
    placeholder: "none|gzip|zstd",
    kind: choice(["none", "gzip", "zstd"]),
    default: "zstd",
    description: "How batches are compressed. zstd needs Kafka 2.1.",
  },
  "kafka-workers": {
    ...COMMON,
    placeholder: "COUNT",
    kind: integer({ min: 1, max: 5 }),
    default: "4",
    description: "Batches in flight at most. The order of records stays as it is with any number.",
  },
  "kafka-batch-max-bytes": {
    ...COMMON,
    placeholder: "SIZE",
    kind: size({ min: 4096, max: 64 * 1024 ** 2 }),
    default: "1000K",
    description:
      "Bytes of one batch, before compression. An event that is larger goes alone. Topics take 1M by default (max.message.bytes).",
  },
  "kafka-batch-max-size": {
    ...COMMON,
    placeholder: "COUNT",
    kind: integer({ min: 1, max: 100_000 }),
    default: "1000",
    description: "Events of one batch at most.",
  },
  "kafka-timeout": {
    ...COMMON,
    placeholder: "DURATION",
    kind: duration({ min: 100, max: 3_600_000 }),
    default: "30s",
    description:
      "How long a broker may take to answer a connection or a request; then the connection is closed, and what was not answered is sent again.",
  },
  "kafka-sasl-mechanism": {
    ...COMMON,
    placeholder: "none|plain|scram-sha-256|scram-sha-512",
    kind: choice(["none", "plain", "scram-sha-256", "scram-sha-512"]),
    default: "none",
    description: "How the agent says to brokers who it is. plain sends the password as it is: over TLS only.",
  },
  "kafka-sasl-username": {
    ...COMMON,
    placeholder: "NAME",
    kind: text(),
    default: "",
    description: "User of SASL.",
  },
  "kafka-sasl-password": {
    ...COMMON,
    placeholder: "PASSWORD",
    kind: text(),
    default: "",
    description:
      "Password of that user. Better in --kafka-sasl-password-file or the variable TETRAGON_KAFKA_SASL_PASSWORD.",
    secret: true,
  },
  "kafka-sasl-password-file": {
    ...COMMON,
    placeholder: "PATH",
    kind: path(),
    default: "",
    description: "File that has the password. It is read anew when it has changed.",
  },
  ...tlsOptions("kafka", GROUP),
  ...queueOptions("kafka", GROUP),
  ...deadLetterOptions("kafka", GROUP),
}));

/** The values of {@link kafkaRows}. */
export type KafkaValues = ValuesOf<ReturnType<typeof kafkaRows>>;
