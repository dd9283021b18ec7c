/** @module What the Elasticsearch exporter declares. */
import { defineExporter } from "../exporter.ts";
import { checkConnection } from "./connection-check.ts";
import { ELASTICSEARCH_OPTIONS } from "./options.ts";

export const elasticsearch = defineExporter({
  type: "elasticsearch",
  options: ELASTICSEARCH_OPTIONS,
  enabledBy: "elasticsearch-hosts",
  isDurable: true,
  unused: "Without --elasticsearch-hosts nothing is sent to Elasticsearch, so",
  checkpoint: (values) => {
    const directory = values["elasticsearch-queue-dir"];
    if (directory === "") return undefined;
    return { path: `${directory}/checkpoint`, option: "elasticsearch-queue-dir", directory };
  },
  writes: (values) => {
    const directory = values["elasticsearch-queue-dir"];
    const letters = values["elasticsearch-dead-letter-file"];
    return [
      ...(directory === "" ? [] : [{ path: `${directory}/cursor`, option: "elasticsearch-queue-dir" }]),
      ...(letters === "" ? [] : [{ path: letters, option: "elasticsearch-dead-letter-file" }]),
    ];
  },
  check: (config) => checkConnection(config),
  async create(settings) {
    const { createElasticsearchExporter } = await import("./index.ts");
    return createElasticsearchExporter(settings);
  },
});
