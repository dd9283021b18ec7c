/** @module What the OTLP exporter declares. */
import { deadLetterWrites } from "../delivery/dead-letter-options.ts";
import { queueCheckpoint, queueWrites } from "../delivery/queue-options.ts";
import { defineExporter } from "../exporter.ts";
import { checkTls } from "../tls-options.ts";
import { otlpRows } from "./options.ts";

export const otlp = defineExporter({
  type: "otlp",
  options: otlpRows,
  enabledBy: "otlp-endpoint",
  isDurable: true,
  unused: "Without --otlp-endpoint nothing is sent to OpenTelemetry, so",
  checkpoint: (values) => queueCheckpoint("otlp", values),
  writes: (values) => [...queueWrites("otlp", values), ...deadLetterWrites("otlp", values)],
  check: (config) => checkTls("otlp", config),
  async create(settings) {
    const { createOtlpExporter } = await import("./index.ts");
    return createOtlpExporter(settings);
  },
});
