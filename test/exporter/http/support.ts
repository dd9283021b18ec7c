/** Exporters to intakes of the tests. */
import { OPTION_TABLE } from "../../../src/agent/option-table.ts";
import { Checkpoint } from "../../../src/checkpoint/checkpoint.ts";
import { followedBy } from "../../../src/checkpoint/followers.ts";
import type { ExporterSettings } from "../../../src/exporter/delivery/settings.ts";
import { createHttpExporter } from "../../../src/exporter/http/index.ts";
import type { HttpValues } from "../../../src/exporter/http/options.ts";
import { testFacts } from "../../metadata/facts.ts";
import { createTestLog, exporterSettings } from "../support.ts";

/** Makes an exporter that waits for nothing where it can. */
export function exporterTo(
  url: string,
  values: Partial<HttpValues> = {},
  overrides: Partial<ExporterSettings> = {},
) {
  const followed = followedBy(Checkpoint.anonymous(), 1)[0]!;
  const { log, messages } = createTestLog();
  const settings = exporterSettings({ log, positions: followed.positions, ...overrides });
  const exporter = createHttpExporter({
    ...settings,
    values: {
      ...OPTION_TABLE.defaults,
      "http-url": url,
      "http-linger": 0,
      "http-backoff-init": 10,
      "http-backoff-max": 20,
      ...values,
    },
    facts: testFacts(),
    followed,
  });
  return { exporter, settings, messages };
}
