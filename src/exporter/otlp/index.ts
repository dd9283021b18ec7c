/**
 * @module The OTLP exporter, `--otlp-endpoint`: each event as a log record of OpenTelemetry's. An event counts as exported when
 * the receiver has said that it took it; it may come twice when an answer was lost.
 */
import { createBulkExporter } from "../delivery/bulk-delivery.ts";
import { deadLetterFile } from "../delivery/dead-letter-options.ts";
import { bulkSettings, QueueLife } from "../delivery/queue-life.ts";
import type { Exporter, ExporterCreateSettings } from "../exporter.ts";
import { OtlpDestination } from "./destination.ts";
import type { OTLP_OPTIONS } from "./options.ts";

/** Makes the exporter; opens nothing. */
export function createOtlpExporter(settings: ExporterCreateSettings<typeof OTLP_OPTIONS>): Exporter {
  const { values, log, name, facts } = settings;
  const life = new QueueLife("otlp", settings);
  return createBulkExporter(new OtlpDestination({ name, values, facts, log, life }), {
    ...bulkSettings("otlp", settings, life),
    workers: values["otlp-workers"],
    deadLetterFile: deadLetterFile("otlp", values),
  });
}
