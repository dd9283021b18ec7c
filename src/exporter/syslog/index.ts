/**
 * @module The syslog exporter, `--syslog-servers`: each event as a message of RFC 5424 over TCP or TLS. The protocol has no
 * answers. A message counts as exported once the server's kernel has acknowledged its bytes; what was not acknowledged when a
 * connection ended is sent again.
 */
import { FACILITIES } from "../../encoding/rfc5424/facilities.ts";
import { createBulkExporter } from "../delivery/bulk-delivery.ts";
import { bulkSettings, QueueLife } from "../delivery/queue-life.ts";
import type { Exporter, ExporterCreateSettings } from "../exporter.ts";
import { SyslogDestination } from "./destination.ts";
import { type syslogRows, syslogServer } from "./options.ts";

/** Makes the exporter; opens nothing. */
export function createSyslogExporter(
  settings: ExporterCreateSettings<ReturnType<typeof syslogRows>>,
): Exporter {
  const { values, metadata, counters, log, name } = settings;
  const life = new QueueLife("syslog", settings);
  const destination = new SyslogDestination({
    name,
    servers: values["syslog-servers"].map((text) => syslogServer(text)!),
    values,
    facility: FACILITIES.indexOf(values["syslog-facility"]),
    metadata,
    counters,
    log,
    life,
  });
  // Messages stay in order: one bulk at a time.
  return createBulkExporter(destination, { ...bulkSettings("syslog", settings, life), workers: 1 });
}
