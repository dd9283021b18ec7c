/** @module What the HTTP exporter declares. */
import { deadLetterWrites } from "../delivery/dead-letter-options.ts";
import { queueCheckpoint, queueWrites } from "../delivery/queue-options.ts";
import { defineExporter } from "../exporter.ts";
import { checkTls } from "../tls-options.ts";
import { httpRows } from "./options.ts";

export const http = defineExporter({
  type: "http",
  options: httpRows,
  enabledBy: "http-url",
  isDurable: true,
  unused: "Without --http-url nothing is sent over HTTP, so",
  checkpoint: (values) => queueCheckpoint("http", values),
  writes: (values) => [...queueWrites("http", values), ...deadLetterWrites("http", values)],
  check(config) {
    const { values } = config;
    const problems = [...(checkTls("http", config).problems ?? [])];
    if (values["http-token"] !== "" && values["http-token-file"] !== "")
      problems.push("Cannot use --http-token with --http-token-file: found both, expected one of them");
    return { problems };
  },
  async create(settings) {
    const { createHttpExporter } = await import("./index.ts");
    return createHttpExporter(settings);
  },
});
