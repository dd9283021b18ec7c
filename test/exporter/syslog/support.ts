/** Exporters to syslog servers of the tests. */
import { OPTION_TABLE } from "../../../src/agent/option-table.ts";
import { Checkpoint } from "../../../src/checkpoint/checkpoint.ts";
import { followedBy } from "../../../src/checkpoint/followers.ts";
import type { ExporterSettings } from "../../../src/exporter/delivery/settings.ts";
import { createSyslogExporter } from "../../../src/exporter/syslog/index.ts";
import type { SyslogValues } from "../../../src/exporter/syslog/options.ts";
import { testFacts } from "../../metadata/facts.ts";
import { createTestLog, exporterSettings } from "../support.ts";

/** Makes an exporter that waits for nothing where it can. */
export function exporterTo(
  servers: readonly string[],
  values: Partial<SyslogValues> = {},
  overrides: Partial<ExporterSettings> = {},
) {
  const followed = followedBy(Checkpoint.anonymous(), 1)[0]!;
  const { log, messages } = createTestLog();
  const settings = exporterSettings({ log, positions: followed.positions, ...overrides });
  const exporter = createSyslogExporter({
    ...settings,
    values: {
      ...OPTION_TABLE.defaults,
      "syslog-servers": servers,
      "syslog-linger": 0,
      "syslog-backoff-init": 10,
      "syslog-backoff-max": 20,
      "syslog-timeout": 5000,
      ...values,
    },
    facts: testFacts(),
    followed,
  });
  return { exporter, settings, messages };
}
