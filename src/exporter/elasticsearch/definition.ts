/** @module What the Elasticsearch exporter declares. */
import { deadLetterWrites } from "../delivery/dead-letter-options.ts";
import { queueCheckpoint, queueWrites } from "../delivery/queue-options.ts";
import { defineExporter } from "../exporter.ts";
import { checkConnection } from "./connection-check.ts";
import { elasticsearchRows } from "./options.ts";

export const elasticsearch = defineExporter({
  type: "elasticsearch",
  options: elasticsearchRows,
  enabledBy: "elasticsearch-hosts",
  isDurable: true,
  unused: "Without --elasticsearch-hosts nothing is sent to Elasticsearch, so",
  checkpoint: (values) => queueCheckpoint("elasticsearch", values),
  writes: (values) => [...queueWrites("elasticsearch", values), ...deadLetterWrites("elasticsearch", values)],
  check: (config) => checkConnection(config),
  async create(settings) {
    const { createElasticsearchExporter } = await import("./index.ts");
    return createElasticsearchExporter(settings);
  },
});
