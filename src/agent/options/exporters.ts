/** @module The option that names exporters. */
import { maskNamed, namedOptions } from "../../config/named-options.ts";
import type { OptionRows } from "../../config/option.ts";
import type { ExporterDefinition } from "../../exporter/exporter.ts";

/** The option, for exporters of these types. */
export function exporterOptions(definitions: readonly ExporterDefinition[]) {
  const types = definitions.map(({ type }) => type).join(", ");
  const secrets = (): string[] =>
    definitions.flatMap(({ options }) =>
      Object.entries(options()).flatMap(([name, { secret }]) => (secret === true ? [name] : [])),
    );
  return {
    exporters: {
      group: "Exporters by name",
      from: "tetrad",
      support: "used",
      placeholder: "JSON",
      kind: namedOptions(
        'exporters by name, such as {"siem": {"type": "udp", "udp-output-address": "10.0.0.1"}}, each name and option once',
      ),
      default: "",
      shown: (text: string) => maskNamed(text, secrets()),
      description: `Further exporters, up to 64 of any types: a JSON object whose keys are their names. Each value has the type (${types}) and options of that type and of its queue, with their usual names and defaults. In a YAML file it is a mapping. Log and counters use the names.`,
    },
  } as const satisfies OptionRows;
}
