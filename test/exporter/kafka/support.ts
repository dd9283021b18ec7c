/** Exporters to brokers. */
import { OPTION_TABLE } from "../../../src/agent/option-table.ts";
import { Checkpoint } from "../../../src/checkpoint/checkpoint.ts";
import { followedBy } from "../../../src/checkpoint/followers.ts";
import type { ExporterSettings } from "../../../src/exporter/delivery/settings.ts";
import { createKafkaExporter } from "../../../src/exporter/kafka/index.ts";
import type { KafkaValues } from "../../../src/exporter/kafka/options.ts";
import { testFacts } from "../../metadata/facts.ts";
import { createTestLog, exporterSettings } from "../support.ts";

/** Makes an exporter that waits for nothing where it can. */
export function exporterTo(
  brokers: readonly string[],
  values: Partial<KafkaValues> = {},
  overrides: Partial<ExporterSettings> = {},
) {
  const followed = followedBy(Checkpoint.anonymous(), 1)[0]!;
  const { log, messages } = createTestLog();
  const settings = exporterSettings({ log, positions: followed.positions, ...overrides });
  const exporter = createKafkaExporter({
    ...settings,
    values: {
      ...OPTION_TABLE.defaults,
      "kafka-brokers": brokers,
      "kafka-linger": 0,
      "kafka-backoff-init": 10,
      "kafka-backoff-max": 20,
      "kafka-timeout": 5000,
      ...values,
    },
    facts: testFacts(),
    followed,
  });
  return { exporter, settings, messages };
}
