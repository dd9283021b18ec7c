/**
 * @module Puts the effective configuration together from every place that can set an option, in Tetragon's order.
 */
import * as v from "valibot";
import { parseDuration } from "../lib/text/duration.ts";
import { parseInteger } from "../lib/text/integer.ts";
import { isAbsent } from "../os/early-files.ts";
import { join } from "../os/path.ts";
import type { LoadedConfig, OptionView } from "./config.ts";
import { readDirectory } from "./directory.ts";
import { type Environment, readEnvironment, readStandardVariables } from "./environment.ts";
import { ConfigError } from "./error.ts";
import type { Findings } from "./findings.ts";
import { type FlagTable, type FormerFlags, flagSetOf, parseFlags, readFlags } from "./flags.ts";
import { fallbackWarning, foundText, type Layer, optionProblem, type Setting } from "./layer.ts";
import type { Option, OptionRows, ValuesOf } from "./option.ts";
import { supportWarnings } from "./support.ts";
import type { OptionTable } from "./table.ts";
import { readYamlFile } from "./yaml-file.ts";

/** Where a configuration is loaded from. */
export interface LoadSettings<R extends OptionRows = OptionRows> {
  readonly table: OptionTable<R>;
  /** Looks at the options together. @default nobody does */
  readonly check?: (config: OptionView<R>) => Findings;
  /** Flags of other releases, passed over with a warning. @default none */
  readonly former?: FormerFlags;
  /** Arguments after the command's name. */
  readonly argv: readonly string[];
  /** @default {} no variables */
  readonly env?: Environment;
  /**
   * Directory that stands for `/` in the paths of configuration files; `--config-dir` is taken as it is given.
   * @default "/"
   */
  readonly root?: string;
  /**
   * Boolean flags that belong to the command and are not options.
   * @default {} none
   */
  readonly commandFlags?: FlagTable;
}

/** Files and directories that are always looked at, highest precedence first, below the root. */
export const CONFIG_PATHS = [
  "/etc/tetragon/tetragon.conf.d",
  "/etc/tetragon/tetragon.yaml",
  "/usr/local/lib/tetragon/tetragon.conf.d",
  "/usr/lib/tetragon/tetragon.conf.d",
] as const;

/** Where the configuration may be that needs the YAML parser: to be loaded with {@link loadYaml} before. */
export function hasYamlFile(root = "/"): boolean {
  return CONFIG_PATHS.some((path) => path.endsWith(".yaml") && !isAbsent(join(root, path)));
}

/**
 * Loads the configuration. Highest precedence first: flags, `TETRAGON_*` variables, `--config-dir`, then
 * {@link CONFIG_PATHS}, then the defaults. Unlike Tetragon it does not read a `tetragon.yaml` in the working
 * directory, which another user may have written.
 * @throws ConfigError with every problem there is.
 */
export function loadConfig<R extends OptionRows>({
  table,
  check,
  argv,
  former,
  env = {},
  root = "/",
  commandFlags = {},
}: LoadSettings<R>): LoadedConfig<R> {
  const hasOwnFlags = Object.keys(commandFlags).length > 0;
  const allFlags = hasOwnFlags ? flagSetOf({ ...table.rows, ...commandFlags }) : table;
  const flags = readFlags<string>(argv, allFlags, 0, former);
  const environment = readEnvironment(table, env);
  const files = CONFIG_PATHS.map((path) =>
    path.endsWith(".yaml") ? readYamlFile(table, join(root, path)) : readDirectory(table, join(root, path)),
  );
  const configDir = firstSetting([flags, environment, ...files], "config-dir")?.text ?? "";
  const standard = readStandardVariables(table, env);
  const layers: Layer[] = [flags, environment, ...files, standard];
  if (configDir !== "") layers.splice(2, 0, readDirectory(table, configDir, { required: true }));

  const problems = layers.flatMap((layer) => layer.problems);
  const settings = new Map<string, Setting>();
  for (const layer of layers) {
    for (const [name, setting] of layer.settings) {
      if (table.has(name) && !settings.has(name)) settings.set(name, setting);
    }
  }
  const ofCommand = parseFlags(flags.settings, commandFlags, problems);
  const fallbacks: string[] = [];
  const values = parseValues(table, settings, problems, fallbacks);
  const config: OptionView<R> = {
    values,
    origin: (name) => settings.get(name)?.origin ?? "default",
    // What all programs are told is not set for this one.
    isSet: (name) => settings.has(name) && settings.get(name) !== standard.settings.get(name),
  };
  const { problems: found = [], warnings = [] } = check?.(config) ?? {};
  problems.push(...found);
  if (problems.length > 0) throw new ConfigError(problems);
  return {
    ...config,
    warnings: [
      ...layers.flatMap((layer) => layer.warnings),
      ...fallbacks,
      ...supportWarnings(table, config),
      ...warnings,
    ],
    commandFlags: new Set(Object.keys(commandFlags).filter((name) => ofCommand[name] === true)),
  };
}

function firstSetting(layers: readonly Layer[], name: string): Setting | undefined {
  return layers.find((layer) => layer.settings.has(name))?.settings.get(name);
}

/**
 * The value of every option; one that is set to something invalid has its default and a problem, or a warning where
 * Tetragon falls back, too.
 */
function parseValues<R extends OptionRows>(
  table: OptionTable<R>,
  settings: ReadonlyMap<string, Setting>,
  problems: string[],
  fallbacks: string[],
): ValuesOf<R> {
  const values: Record<string, unknown> = { ...table.defaults };
  for (const [name, { text, origin }] of settings) {
    const option = table.row(name);
    const result = v.safeParse(option.kind.schema, text);
    if (result.success) {
      values[name] = result.output;
    } else {
      const found = { origin, found: foundText(option, text), expected: result.issues[0].message };
      if (!fallsBack(option, { text, origin })) {
        problems.push(optionProblem(name, found));
        continue;
      }
      const salvaged = option.kind.salvage?.(text);
      if (salvaged !== undefined) values[name] = salvaged;
      fallbacks.push(fallbackWarning(name, found, option.kind.format(values[name])));
    }
  }
  return values as ValuesOf<R>;
}

/**
 * Whether Tetragon starts with a value that is not valid. Its flags have types, which the command line holds it to;
 * everywhere else it makes of a text what it can. A size it refuses everywhere.
 */
function fallsBack({ from, kind, isStrict }: Option, { text, origin }: Setting): boolean {
  if (from !== "tetragon" || kind.name === "size" || isStrict) return false;
  if (!origin.startsWith("flag ")) return true;
  switch (kind.name) {
    case "bool":
      return false;
    case "int":
      return parseInteger(text) !== undefined;
    case "duration":
      return parseDuration(text) !== undefined;
    default:
      return true;
  }
}
