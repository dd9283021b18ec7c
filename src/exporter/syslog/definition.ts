/** @module What the syslog exporter declares. */
import { queueCheckpoint, queueCondition, queueWrites } from "../delivery/queue-options.ts";
import { defineExporter } from "../exporter.ts";
import { checkTls, tlsCondition } from "../tls-options.ts";
import { syslogRows, syslogServer } from "./options.ts";

export const syslog = defineExporter({
  type: "syslog",
  options: syslogRows,
  enabledBy: "syslog-servers",
  isDurable: true,
  unused: "Without --syslog-servers nothing is sent to a syslog server, so",
  checkpoint: (values) => queueCheckpoint("syslog", values),
  writes: (values) => queueWrites("syslog", values),
  conditions: (values) => [
    queueCondition("syslog", values),
    tlsCondition("syslog", {
      addresses: "syslog-servers",
      scheme: "tls://",
      isSpoken: values["syslog-servers"].some((server) => syslogServer(server)?.isTls === true),
    }),
  ],
  check: (config) => checkTls("syslog", config),
  async create(settings) {
    const { createSyslogExporter } = await import("./index.ts");
    return createSyslogExporter(settings);
  },
});
