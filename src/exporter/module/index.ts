/**
 * @module The exporter of users' own modules, `--export-module`: events in batches, given to a file of JavaScript or TypeScript in a process
 * of its own. An event counts as exported when the module has acknowledged it; it may come twice when the module ended before.
 */
import { createBulkExporter } from "../delivery/bulk-delivery.ts";
import { deadLetterFile } from "../delivery/dead-letter-options.ts";
import { bulkSettings, QueueLife } from "../delivery/queue-life.ts";
import type { Exporter, ExporterCreateSettings } from "../exporter.ts";
import { ModuleDestination } from "./destination.ts";
import { type moduleRows, PREFIX } from "./options.ts";

/** One is exported while the next one waits there. */
const WORKERS = 2;

/** Makes the exporter; opens nothing. */
export function createModuleExporter(
  settings: ExporterCreateSettings<ReturnType<typeof moduleRows>>,
): Exporter {
  const life = new QueueLife(PREFIX, settings);
  const destination = new ModuleDestination({ ...settings, life, workers: WORKERS });
  return createBulkExporter(destination, {
    ...bulkSettings(PREFIX, settings, life),
    workers: WORKERS,
    deadLetterFile: deadLetterFile(PREFIX, settings.values),
  });
}
