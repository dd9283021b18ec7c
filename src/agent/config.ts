/** @module The configuration of the agent: every option, and what the components find in them together. */

import type { ComponentDefinition } from "../component/definition.ts";
import type { PartDefinition } from "../component/part.ts";
import type { OptionView, LoadedConfig as TypedConfig } from "../config/config.ts";
import { quote } from "../config/error.ts";
import { type Findings, withoutEffect } from "../config/findings.ts";
import { optionProblem } from "../config/layer.ts";
import { hasYamlFile, type LoadSettings, loadConfig as load } from "../config/load.ts";
import type { Option } from "../config/option.ts";
import { loadYaml } from "../config/yaml-file.ts";
import type { ExporterDefinition } from "../exporter/exporter.ts";
import { resolve } from "../os/path.ts";
import { type ComponentUse, usedComponents, writtenBy } from "./component-use.ts";
import { EXPORTERS, PARTS, SERVERS, SOURCES } from "./components.ts";
import { queuesAndLines } from "./limits.ts";
import { metadataFieldProblems } from "./metadata-fields.ts";
import { readNamedExporters } from "./named-exporters.ts";
import { type AgentRows, OPTION_TABLE } from "./option-table.ts";
import { FORMER_FLAGS } from "./options/former.ts";
import { usedServers } from "./server-use.ts";

/** The effective configuration of the agent. */
export type LoadedConfig = TypedConfig<AgentRows>;

type Config = OptionView<AgentRows>;

type Settings = Omit<LoadSettings<AgentRows>, "table" | "check">;

/**
 * Reads the configuration and checks it, as far as that needs no look at the host.
 * @throws ConfigError with every problem there is.
 */
export async function readConfig(settings: Settings): Promise<LoadedConfig> {
  if (hasYamlFile(settings.root)) await loadYaml();
  return loadConfig(settings);
}

/** {@link readConfig}, where no file is in YAML or {@link loadYaml} has been called. */
export function loadConfig(settings: Settings): LoadedConfig {
  return load({ ...settings, table: OPTION_TABLE, former: FORMER_FLAGS, check: checkConfig });
}

/** Checks options against each other. Looks at values only, never at the host. */
export function checkConfig(config: Config): { problems: string[]; warnings: string[] } {
  const used = usedComponents(config.values);
  const found: Findings[] = used.map(
    ({ definition, config: own = config }) => definition.check?.(own as OptionView) ?? {},
  );
  const servers = usedServers(config);
  found.push(...servers.map(({ definition }) => definition.check?.(config as unknown as OptionView) ?? {}));
  found.push(queuesAndLines(config, used));
  return {
    problems: [
      ...repeatedSources(config),
      ...readNamedExporters(config.values, EXPORTERS, (option) => config.origin(option)).problems,
      ...writtenAndRead(config, used),
      ...ownFilesRead(config, used),
      ...writtenTwice(config, used),
      ...singleTwice(used),
      ...metadataFieldProblems(config.values["metadata-field"], config.origin("metadata-field")),
      ...found.flatMap((f) => f.problems ?? []),
    ],
    warnings: [
      ...unusedOptions(config, [...used, ...servers]),
      ...unusedFormat(config, used),
      ...unmetConditions(config, used),
      ...new Set(found.flatMap((f) => f.warnings ?? [])),
    ],
  };
}

/** The same file followed twice would export every event twice. */
function repeatedSources({ values, origin }: Config): string[] {
  const sources = values["event-source"];
  const repeated = sources.find((source, index) => sources.indexOf(source) !== index);
  if (repeated === undefined) return [];
  const problem = { found: `${quote(repeated)} twice`, expected: "every source once" };
  return [optionProblem("event-source", { origin: origin("event-source"), ...problem })];
}

/** An exported event would be read, and exported, and read. */
function writtenAndRead(config: Config, used: readonly ComponentUse[]): string[] {
  const reads = used.flatMap((use) => use.reads.map((glob) => ({ glob, name: readerName(use) })));
  return used.flatMap((use) =>
    writtenBy(use).flatMap(({ path, option }) => {
      const reader = reads.find(({ glob }) => matches(glob, path));
      if (reader === undefined) return [];
      const expected = `a file that ${reader.name} does not read`;
      return [optionProblem(option, { origin: originOf(config, use, option), found: quote(path), expected })];
    }),
  );
}

function readerName({ definition, name }: ComponentUse): string {
  return isPart(definition) ? "the agent" : `--event-source ${quote(name)}`;
}

function isPart(definition: ComponentDefinition): boolean {
  return PARTS.some((part) => (part as ComponentDefinition) === definition);
}

/** Files of the agent itself, whatever components it uses. */
const OWN_FILES = ["log-file", "checkpoint-file"] as const;

/** Devices and descriptors are for many. */
const DEVICE = /^\/(?:dev|proc)\//;

/** The agent's own file, by path, where it has one that nobody else may write. */
function ownFile({ values }: Config, option: (typeof OWN_FILES)[number]): string | undefined {
  const path = resolve(values[option]);
  return values[option] === "" || DEVICE.test(path) ? undefined : path;
}

/** What a glob happens to match is left out when files are looked for; a file that was named is a mistake. */
function ownFilesRead(config: Config, used: readonly ComponentUse[]): string[] {
  return OWN_FILES.flatMap((option) => {
    const path = ownFile(config, option);
    const reader = used.find(({ reads }) => reads.some((glob) => resolve(glob) === path));
    if (path === undefined || reader === undefined) return [];
    const expected = `a file that ${readerName(reader)} does not read`;
    const found = quote(config.values[option]);
    return [optionProblem(option, { origin: config.origin(option), found, expected })];
  });
}

/** Two who write, cut and rotate one file would spoil it for each other. By path: links show once files are open. */
function writtenTwice(config: Config, used: readonly ComponentUse[]): string[] {
  const writers = new Map<string, string>();
  const problems: string[] = [];
  for (const option of OWN_FILES) {
    const path = ownFile(config, option);
    if (path === undefined) continue;
    const other = writers.get(path);
    writers.set(path, `--${option}`);
    if (other === undefined) continue;
    const found = quote(config.values[option]);
    const expected = `a file that ${other} does not write`;
    problems.push(optionProblem(option, { origin: config.origin(option), found, expected }));
  }
  return problems.concat(exportedTwice(config, used, writers));
}

function exportedTwice(
  config: Config,
  used: readonly ComponentUse[],
  writers: Map<string, string>,
): string[] {
  return used.flatMap((use) =>
    writtenBy(use).flatMap(({ path, option }) => {
      const other = writers.get(resolve(path));
      writers.set(resolve(path), isPart(use.definition) ? `--${option}` : `exporter ${quote(use.name)}`);
      if (other === undefined) return [];
      const expected = `a file that ${other} does not write`;
      return [optionProblem(option, { origin: originOf(config, use, option), found: quote(path), expected })];
    }),
  );
}

/** There is one standard output. */
function singleTwice(used: readonly ComponentUse[]): string[] {
  return EXPORTERS.flatMap((definition) => {
    const names = used.filter((use) => use.definition === definition).map(({ name }) => quote(name));
    if (definition.isSingle !== true || names.length < 2) return [];
    return [
      `Cannot use exporters ${names.join(" and ")} together: both are ${definition.type}, and there is one`,
    ];
  });
}

function originOf(config: Config, { config: own }: ComponentUse, option: string): string {
  return own === undefined ? config.origin(option as never) : own.origin(option);
}

function matches(glob: string, file: string): boolean {
  const pattern = resolve(glob);
  const path = resolve(file);
  return pattern === path || new Bun.Glob(pattern).match(path);
}

/** Options of components that nothing asks for. A ConfigMap spells out defaults, too: those say nothing. */
function unusedOptions(config: Config, used: readonly Pick<ComponentUse, "definition">[]): string[] {
  const set = OPTION_TABLE.names.filter((name) => config.isSet(name as never));
  const definitions = [...EXPORTERS, ...SOURCES, ...SERVERS, ...PARTS] as readonly ComponentDefinition[];
  return definitions.flatMap((definition) => {
    if (definition.unused === undefined || used.some((use) => use.definition === definition)) return [];
    const names = set.filter(
      (name) =>
        OPTION_TABLE.sectionOf(name) === definition &&
        !closes(definition, name, config.values[name as never]) &&
        !isUsedElsewhere(definition, name, config) &&
        isChanged(OPTION_TABLE.row(name as never), config.values[name as never]),
    );
    return withoutEffect(definition.unused, names);
  });
}

/** Options that need another one, which is not so. Exporters that were named have each their own. */
function unmetConditions(config: Config, used: readonly ComponentUse[]): string[] {
  return used.flatMap(({ definition, name: who, config: own }) => {
    const { values, isSet } = (own ?? config) as OptionView;
    const rows = definition.options();
    const unmet = definition.conditions?.(values).filter(({ isMet }) => !isMet) ?? [];
    return unmet.flatMap(({ options, without }) => {
      const names = options.filter((name) => isSet(name) && isChanged(rows[name]!, values[name]));
      return withoutEffect(own === undefined ? without : `Exporter ${quote(who)}: ${without}`, names);
    });
  });
}

function isUsedElsewhere(definition: Partial<PartDefinition>, name: string, { values }: Config): boolean {
  return definition.isUsedElsewhere?.(name, values) === true;
}

/** What says that a server is closed has its effect. */
function closes(definition: ComponentDefinition, name: string, value: unknown): boolean {
  return (
    "addressOption" in definition && (value === "" || value === false || name === definition.addressOption)
  );
}

/** What only files and standard output have, where there are none; and a facility in a format that has none. */
function unusedFormat(config: Config, used: readonly ComponentUse[]): string[] {
  const { "export-format": format } = config.values;
  const isLocal = used.some(({ definition, config: own }) => own === undefined && isAsked(definition));
  const names = (["export-format", "export-syslog-facility"] as const).filter((name) =>
    isLocal
      ? name === "export-syslog-facility" && config.isSet(name) && format !== "rfc5424"
      : config.isSet(name) && isChanged(OPTION_TABLE.row(name), config.values[name]),
  );
  const reason = isLocal
    ? "Only --export-format=rfc5424 has a facility, so"
    : "Without --export-filename and --export-stdout";
  return withoutEffect(reason, names);
}

function isAsked(definition: ComponentUse["definition"]): boolean {
  return (definition as Partial<ExporterDefinition>).metadata === "asked";
}

function isChanged(option: Option, value: unknown): boolean {
  return option.kind.format(value) !== option.kind.format(option.kind.parse(option.default));
}
