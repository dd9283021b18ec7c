/** @module The option that names exporters. */
import { namedOptions } from "../../config/named-options.ts";
import type { OptionRows } from "../../config/option.ts";
import type { ExporterDefinition } from "../../exporter/exporter.ts";

/** The option, for exporters of these types. */
export function exporterOptions(definitions: readonly ExporterDefinition[]) {
  const types = definitions.map(({ type }) => type).join(", ");
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
      description: `Further exporters, any number of one type: an object of their names, for each its type (${types}) and the options of that type and of its queue, by their ordinary names and with their ordinary defaults. In a YAML file it is a mapping. Log and counters have them by name.`,
    },
  } as const satisfies OptionRows;
}
