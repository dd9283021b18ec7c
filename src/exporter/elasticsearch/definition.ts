/** @module What the Elasticsearch exporter declares. */
import { deadLetterCondition, deadLetterWrites } from "../delivery/dead-letter-options.ts";
import { queueCheckpoint, queueCondition, queueWrites } from "../delivery/queue-options.ts";
import { defineExporter } from "../exporter.ts";
import { tlsCondition } from "../tls-options.ts";
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
  conditions: (values) => [
    queueCondition("elasticsearch", values),
    deadLetterCondition("elasticsearch", values),
    tlsCondition("elasticsearch", {
      addresses: "elasticsearch-hosts",
      scheme: "https://",
      isSpoken: values["elasticsearch-hosts"].some((host) => /^https:/i.test(host)),
    }),
  ],
  check: (config) => checkConnection(config),
  async create(settings) {
    const { createElasticsearchExporter } = await import("./index.ts");
    return createElasticsearchExporter(settings);
  },
});
