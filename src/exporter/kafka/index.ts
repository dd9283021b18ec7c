/**
 * @module The Kafka exporter, `--kafka-brokers`: events as records of a topic, by an idempotent producer (KIP-98). A record counts as
 * exported once the leader of its partition says that it has it. While the agent runs each is in the topic once, and those of
 * one partition are in order.
 */
import { createBulkExporter } from "../delivery/bulk-delivery.ts";
import { deadLetterFile } from "../delivery/dead-letter-options.ts";
import { bulkSettings, QueueLife } from "../delivery/queue-life.ts";
import type { Exporter, ExporterCreateSettings } from "../exporter.ts";
import { KafkaDestination } from "./destination.ts";
import { kafkaBroker, type kafkaRows } from "./options.ts";

/** Makes the exporter; opens nothing. */
export function createKafkaExporter(
  settings: ExporterCreateSettings<ReturnType<typeof kafkaRows>>,
): Exporter {
  const { values, log, name } = settings;
  const life = new QueueLife("kafka", settings);
  const brokers = values["kafka-brokers"].map((text) => kafkaBroker(text)!);
  return createBulkExporter(new KafkaDestination({ name, brokers, values, log, life }), {
    ...bulkSettings("kafka", settings, life),
    workers: values["kafka-workers"],
    deadLetterFile: deadLetterFile("kafka", values),
  });
}
