/**
 * @module The HTTP exporter, `--http-url`: events in batches, in the form that an intake has for them. An event counts as exported
 * when a request that has it was answered with a status of 2xx; it may come twice when an answer was lost.
 */
import { createBulkExporter } from "../delivery/bulk-delivery.ts";
import { deadLetterFile } from "../delivery/dead-letter-options.ts";
import { bulkSettings, QueueLife } from "../delivery/queue-life.ts";
import type { Exporter, ExporterCreateSettings } from "../exporter.ts";
import { HttpDestination } from "./destination.ts";
import type { httpRows } from "./options.ts";

/** Makes the exporter; opens nothing. */
export function createHttpExporter(settings: ExporterCreateSettings<ReturnType<typeof httpRows>>): Exporter {
  const { values, log, name } = settings;
  const life = new QueueLife("http", settings);
  return createBulkExporter(new HttpDestination({ name, values, log, life }), {
    ...bulkSettings("http", settings, life),
    workers: values["http-workers"],
    deadLetterFile: deadLetterFile("http", values),
  });
}
