/** @module What the Kafka exporter declares. */
import type { OptionView } from "../../config/config.ts";
import { deadLetterCondition, deadLetterWrites } from "../delivery/dead-letter-options.ts";
import { queueCheckpoint, queueCondition, queueWrites } from "../delivery/queue-options.ts";
import { defineExporter } from "../exporter.ts";
import { checkTls, tlsCondition } from "../tls-options.ts";
import { kafkaBroker, kafkaRows } from "./options.ts";

export const kafka = defineExporter({
  type: "kafka",
  options: kafkaRows,
  enabledBy: "kafka-brokers",
  isDurable: true,
  unused: "Without --kafka-brokers nothing is sent to Kafka, so",
  checkpoint: (values) => queueCheckpoint("kafka", values),
  writes: (values) => [...queueWrites("kafka", values), ...deadLetterWrites("kafka", values)],
  conditions: (values) => [
    queueCondition("kafka", values),
    deadLetterCondition("kafka", values),
    tlsCondition("kafka", {
      addresses: "kafka-brokers",
      scheme: "tls://",
      isSpoken: values["kafka-brokers"].some((broker) => kafkaBroker(broker)?.isTls === true),
    }),
  ],
  check: (config) => ({
    problems: [...(checkTls("kafka", config).problems ?? []), ...checkBrokers(config), ...checkSasl(config)],
    warnings: warnOfPlainWords(config),
  }),
  async create(settings) {
    const { createKafkaExporter } = await import("./index.ts");
    return createKafkaExporter(settings);
  },
});

function checkBrokers({ values }: OptionView): string[] {
  const brokers = values["kafka-brokers"] as readonly string[];
  const isTls = new Set(brokers.map((broker) => kafkaBroker(broker)?.isTls));
  if (isTls.size < 2) return [];
  return ["Cannot use --kafka-brokers: found some with tls:// and some without, expected one kind"];
}

function checkSasl({ values }: OptionView): string[] {
  const name = (part: string) => `kafka-sasl-${part}`;
  const [mechanism, username] = [values[name("mechanism")], values[name("username")]];
  const passwords = ["password", "password-file"].filter((part) => values[name(part)] !== "");
  if (passwords.length === 2)
    return [
      "Cannot use --kafka-sasl-password with --kafka-sasl-password-file: found both, expected one of them",
    ];
  if (mechanism === "none") {
    const [alone] = [...(username === "" ? [] : ["username"]), ...passwords];
    return alone === undefined
      ? []
      : [
          `Cannot use --kafka-sasl-${alone} without --kafka-sasl-mechanism: found none, expected plain, scram-sha-256 or scram-sha-512`,
        ];
  }
  if (username !== "" && passwords.length === 1) return [];
  return [
    `Cannot use --kafka-sasl-mechanism=${mechanism} alone: expected --kafka-sasl-username and --kafka-sasl-password or --kafka-sasl-password-file, too`,
  ];
}

function warnOfPlainWords({ values }: OptionView): string[] {
  const [first] = values["kafka-brokers"] as readonly string[];
  const isTls = first !== undefined && kafkaBroker(first)?.isTls === true;
  if (values["kafka-sasl-mechanism"] !== "plain" || isTls) return [];
  return ["--kafka-sasl-mechanism=plain shows the password to whoever listens: give addresses with tls://"];
}
