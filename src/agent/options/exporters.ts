/** @module The options that name exporters. */
import { maskNamedItems, namedItems } from "../../config/named-items.ts";
import { maskNamed, namedOptions } from "../../config/named-options.ts";
import type { OptionRows } from "../../config/option.ts";
import type { ExporterDefinition } from "../../exporter/exporter.ts";

/** The option that says what an exporter is. */
export const TYPE_KEY = "type";

/** The options, for exporters of these types. */
export function exporterOptions(definitions: readonly ExporterDefinition[]) {
  const types = definitions.map(({ type }) => type).join(", ");
  const secrets = (): string[] =>
    definitions.flatMap(({ options }) =>
      Object.entries(options()).flatMap(([name, { secret }]) => (secret === true ? [name] : [])),
    );
  return {
    exporter: {
      group: "Exporters by name",
      from: "tetrad",
      support: "used",
      placeholder: "NAME=TYPE,KEY=VALUE,...",
      kind: namedItems(
        TYPE_KEY,
        'a name, a type and its options, such as siem=udp,udp-output-address=10.0.0.1, each once, a value with a comma in quotes: key="a,b"',
      ),
      default: "",
      shown: (text: string) => maskNamedItems(TYPE_KEY, text, secrets()),
      description:
        'A further exporter, each time that the flag is given: its name, its type and options of that type and of its queue, as in siem=http,http-url=https://intake/. A value that has a comma stands in quotes, and a quote in it is doubled: http-headers="A: b,C: d". It means what --exporters means, and both may be given.',
    },
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
