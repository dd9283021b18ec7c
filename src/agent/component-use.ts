/** @module Which components the options ask for, and what these use. */
import type { ComponentDefinition, PathNeed } from "../component/definition.ts";
import type { PartDefinition } from "../component/part.ts";
import type { OptionView } from "../config/config.ts";
import type { OptionRows, ValuesOf } from "../config/option.ts";
import type { ExporterDefinition } from "../exporter/exporter.ts";
import type { UdpFacts } from "../metadata/document.ts";
import { EXPORTERS, PARTS, SOURCES } from "./components.ts";
import { readNamedExporters } from "./named-exporters.ts";
import type { OptionValues } from "./option-table.ts";
import { AUTO, parseSource } from "./source-spec.ts";

/** A component that the options ask for, perhaps as one of those that `auto` tries. */
export interface ComponentUse<D extends ComponentDefinition = ComponentDefinition> {
  readonly definition: D;
  /** A source as the user wrote it, an exporter by its name in the log and the counters. */
  readonly name: string;
  /** What it uses: exporters of one type have each their own. */
  readonly values: ValuesOf<OptionRows>;
  /** Its options, where they are not those of the agent. */
  readonly config?: OptionView;
  /** Files that it reads because the user said so, a path or glob each. */
  readonly reads: readonly string[];
}

/** Sources in the order in which they were named, then exporters, then what speaks to a cluster. */
export function usedComponents(values: OptionValues): ComponentUse[] {
  const sources = values["event-source"].flatMap((name) =>
    parseSource(name, SOURCES).map(({ definition, argument }) => {
      const reads = name === AUTO ? [] : (definition.reads?.(argument) ?? []);
      return { definition, name, values, reads };
    }),
  );
  return [...sources, ...usedExporters(values), ...usedParts(values)];
}

/** What speaks to a cluster, as far as options ask for it. */
export function usedParts(values: OptionValues): ComponentUse<PartDefinition>[] {
  const all: ValuesOf<OptionRows> = values;
  const definitions: readonly PartDefinition[] = PARTS as never;
  return definitions
    .filter(({ enabledBy }) => enabledBy.some((option) => isAskedFor(all[option])))
    .map((definition) => ({
      definition,
      name: definition.type,
      values: all,
      reads: definition.reads?.(all) ?? [],
    }));
}

/** Those that flags ask for, in the order of the list, then those that `--exporters` names. */
export function usedExporters(values: OptionValues): ComponentUse<ExporterDefinition>[] {
  const all: ValuesOf<OptionRows> = values;
  const definitions: readonly ExporterDefinition[] = EXPORTERS;
  const ordinary = definitions.map((definition) => ({ definition, name: definition.type, values: all }));
  const named = readNamedExporters(values, EXPORTERS, (option) => `--${option}`).exporters.map(
    ({ definition, name, config }) => ({ definition, name, values: config.values, config }),
  );
  return [...ordinary, ...named]
    .filter(({ definition, values: own }) => isAskedFor(own[definition.enabledBy]))
    .map((use) => ({ ...use, reads: [] }));
}

/** Whether an option asks for its component: it is not false and not empty. */
function isAskedFor(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}

/** The files that a component still writes by name once it runs. */
export function writtenBy({
  definition,
  values,
}: Pick<ComponentUse, "definition" | "values">): readonly PathNeed[] {
  return definition.writes?.(values) ?? [];
}

/** Where those of them that send datagrams send them. */
export function udpDestinations(used: readonly ComponentUse<ExporterDefinition>[]): UdpFacts[] {
  return used.flatMap(({ definition, values }) => definition.udp?.(values) ?? []);
}
