/** Exporters to receivers of the tests. */
import { OPTION_TABLE } from "../../../src/agent/option-table.ts";
import { Checkpoint } from "../../../src/checkpoint/checkpoint.ts";
import { followedBy } from "../../../src/checkpoint/followers.ts";
import type { ExporterSettings } from "../../../src/exporter/delivery/settings.ts";
import { createOtlpExporter, createTransport } from "../../../src/exporter/otlp/index.ts";
import type { OtlpValues } from "../../../src/exporter/otlp/options.ts";
import type { AgentFacts } from "../../../src/metadata/document.ts";
import { testFacts } from "../../metadata/facts.ts";
import { createTestLog, exporterSettings } from "../support.ts";

/** Makes an exporter that waits for nothing where it can. */
export async function exporterTo(
  url: string,
  values: Partial<OtlpValues> = {},
  overrides: Partial<ExporterSettings> & { readonly facts?: Partial<AgentFacts> } = {},
) {
  const followed = followedBy(Checkpoint.anonymous(), 1)[0]!;
  const { log, messages } = createTestLog();
  const { facts, ...others } = overrides;
  const settings = exporterSettings({ log, positions: followed.positions, ...others });
  const exporter = await createOtlpExporter({
    ...settings,
    values: {
      ...OPTION_TABLE.defaults,
      "otlp-endpoint": url,
      "otlp-linger": 0,
      "otlp-backoff-init": 10,
      "otlp-backoff-max": 20,
      ...values,
    },
    facts: { ...testFacts(), ...facts },
    followed,
  });
  return { exporter, settings, messages };
}

/** A way to a receiver, open, and nothing in front of it. */
export async function transportTo(url: string, values: Partial<OtlpValues> = {}) {
  const { log, messages } = createTestLog();
  const all = { ...OPTION_TABLE.defaults, "otlp-endpoint": url, ...values };
  const transport = await createTransport("logs", all, log);
  await transport.open();
  return { transport, messages };
}
