/** @module What the HTTP exporter declares. */
import { deadLetterCondition, deadLetterWrites } from "../delivery/dead-letter-options.ts";
import { queueCheckpoint, queueCondition, queueWrites } from "../delivery/queue-options.ts";
import { defineExporter } from "../exporter.ts";
import { checkTls, tlsCondition } from "../tls-options.ts";
import { httpRows } from "./options.ts";

export const http = defineExporter({
  type: "http",
  options: httpRows,
  enabledBy: "http-url",
  isDurable: true,
  unused: "Without --http-url nothing is sent over HTTP, so",
  checkpoint: (values) => queueCheckpoint("http", values),
  writes: (values) => [...queueWrites("http", values), ...deadLetterWrites("http", values)],
  conditions: (values) => [
    queueCondition("http", values),
    deadLetterCondition("http", values),
    tlsCondition("http", {
      addresses: "http-url",
      scheme: "https://",
      isSpoken: /^https:/i.test(values["http-url"]),
    }),
  ],
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
