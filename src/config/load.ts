/**
 * @module Puts the effective configuration together from every place that can set an option, in Tetragon's order.
 */
import { join } from "node:path";
import * as v from "valibot";
import type { LoadedConfig, OptionView } from "./config.ts";
import { readDirectory } from "./directory.ts";
import { type Environment, readEnvironment } from "./environment.ts";
import { ConfigError } from "./error.ts";
import type { Findings } from "./findings.ts";
import { type FlagTable, parseFlags, readFlags } from "./flags.ts";
import { foundText, type Layer, optionProblem, type Setting } from "./layer.ts";
import type { OptionRows, ValuesOf } from "./option.ts";
import { supportWarnings } from "./support.ts";
import type { OptionTable } from "./table.ts";
import { readYamlFile } from "./yaml-file.ts";

/** Where a configuration is loaded from. */
export interface LoadSettings<R extends OptionRows = OptionRows> {
  readonly table: OptionTable<R>;
  /** Looks at the options together. @default nobody does */
  readonly check?: (config: OptionView<R>) => Findings;
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
  env = {},
  root = "/",
  commandFlags = {},
}: LoadSettings<R>): LoadedConfig<R> {
  const flags = readFlags<string>(argv, { ...table.rows, ...commandFlags });
  const environment = readEnvironment(table, env);
  const files = CONFIG_PATHS.map((path) =>
    path.endsWith(".yaml") ? readYamlFile(table, join(root, path)) : readDirectory(table, join(root, path)),
  );
  const configDir = firstSetting([flags, environment, ...files], "config-dir")?.text ?? "";
  const layers: Layer[] = [flags, environment, ...files];
  if (configDir !== "") layers.splice(2, 0, readDirectory(table, configDir, { required: true }));

  const problems = layers.flatMap((layer) => layer.problems);
  const settings = new Map<string, Setting>();
  for (const layer of layers) {
    for (const [name, setting] of layer.settings) {
      if (table.has(name) && !settings.has(name)) settings.set(name, setting);
    }
  }
  const ofCommand = parseFlags(flags.settings, commandFlags, problems);
  const values = parseValues(table, settings, problems);
  const config: OptionView<R> = {
    values,
    origin: (name) => settings.get(name)?.origin ?? "default",
    isSet: (name) => settings.has(name),
  };
  const { problems: found = [], warnings = [] } = check?.(config) ?? {};
  problems.push(...found);
  if (problems.length > 0) throw new ConfigError(problems);
  return {
    ...config,
    warnings: [...environment.warnings, ...supportWarnings(table, config), ...warnings],
    commandFlags: new Set(Object.keys(commandFlags).filter((name) => ofCommand[name] === true)),
  };
}

function firstSetting(layers: readonly Layer[], name: string): Setting | undefined {
  return layers.find((layer) => layer.settings.has(name))?.settings.get(name);
}

/** The value of every option; one that is set to something invalid has its default and a problem. */
function parseValues<R extends OptionRows>(
  table: OptionTable<R>,
  settings: ReadonlyMap<string, Setting>,
  problems: string[],
): ValuesOf<R> {
  const values: Record<string, unknown> = { ...table.defaults };
  for (const [name, { text, origin }] of settings) {
    const option = table.row(name);
    const result = v.safeParse(option.kind.schema, text);
    if (result.success) {
      values[name] = result.output;
    } else {
      const expected = result.issues[0].message;
      problems.push(optionProblem(name, { origin, found: foundText(option, text), expected }));
    }
  }
  return values as ValuesOf<R>;
}
