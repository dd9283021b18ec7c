/** Exporters to a fake cluster. */
import { OPTION_TABLE } from "../../../src/agent/option-table.ts";
import { Checkpoint } from "../../../src/checkpoint/checkpoint.ts";
import { type Followed, followedBy } from "../../../src/checkpoint/followers.ts";
import type { ExporterSettings } from "../../../src/exporter/delivery/settings.ts";
import { createElasticsearchExporter } from "../../../src/exporter/elasticsearch/index.ts";
import type { ElasticsearchValues } from "../../../src/exporter/elasticsearch/options.ts";
import type { Exporter } from "../../../src/exporter/exporter.ts";
import { testFacts } from "../../metadata/facts.ts";
import { createTestLog, exporterSettings } from "../support.ts";

/** An exporter, and what can be seen of it. */
export interface Subject {
  readonly exporter: Exporter;
  readonly settings: ExporterSettings;
  readonly messages: readonly string[];
}

/** Makes an exporter to the cluster at `url`, which waits for nothing where it can. */
export function exporterTo(
  url: string | readonly string[],
  values: Partial<ElasticsearchValues> = {},
  overrides: Partial<ExporterSettings> = {},
  followed: Followed = followedBy(Checkpoint.anonymous(), 1)[0]!,
): Subject {
  const { log, messages } = createTestLog();
  const settings = exporterSettings({ log, positions: followed.positions, ...overrides });
  const exporter = createElasticsearchExporter({
    ...settings,
    values: {
      ...OPTION_TABLE.defaults,
      "elasticsearch-hosts": typeof url === "string" ? [url] : url,
      "elasticsearch-linger": 0,
      "elasticsearch-backoff-init": 10,
      "elasticsearch-backoff-max": 20,
      "elasticsearch-timeout": 10_000,
      ...values,
    },
    facts: testFacts(),
    followed,
  });
  return { exporter, settings, messages };
}
