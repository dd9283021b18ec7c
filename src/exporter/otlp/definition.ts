/** @module What the OTLP exporter declares. */
import { deadLetterCondition, deadLetterWrites } from "../delivery/dead-letter-options.ts";
import { queueCheckpoint, queueCondition, queueWrites } from "../delivery/queue-options.ts";
import { defineExporter } from "../exporter.ts";
import { checkTls, tlsCondition } from "../tls-options.ts";
import { otlpRows } from "./options.ts";

const ENDPOINTS = [
  "otlp-endpoint",
  "otlp-logs-endpoint",
  "otlp-traces-endpoint",
  "otlp-metrics-endpoint",
] as const;

export const otlp = defineExporter({
  type: "otlp",
  options: otlpRows,
  enabledBy: "otlp-endpoint",
  isDurable: true,
  unused: "Without --otlp-endpoint nothing is sent to OpenTelemetry, so",
  checkpoint: (values) => queueCheckpoint("otlp", values),
  writes: (values) => [...queueWrites("otlp", values), ...deadLetterWrites("otlp", values)],
  conditions: (values) => [
    queueCondition("otlp", values),
    deadLetterCondition("otlp", values),
    tlsCondition("otlp", {
      addresses: "otlp-endpoint",
      scheme: "https://",
      isSpoken: ENDPOINTS.some((name) => /^https:/i.test(values[name])),
    }),
    {
      options: ["otlp-traces-endpoint", "otlp-traces-max-age", "otlp-traces-max-processes"],
      without: "Without --otlp-traces no traces are sent, so",
      isMet: values["otlp-traces"],
    },
    {
      options: ["otlp-metrics-endpoint", "otlp-metrics-interval"],
      without: "Without --otlp-metrics no metrics are sent, so",
      isMet: values["otlp-metrics"],
    },
  ],
  check: (config) => checkTls("otlp", config),
  async create(settings) {
    const { createOtlpExporter } = await import("./index.ts");
    return createOtlpExporter(settings);
  },
});
