/**
 * @module Puts the effective configuration together from every place that can set an option, in Tetragon's order.
 */
import { join } from "node:path";
import * as v from "valibot";
import { checkConfig } from "./check.ts";
import type { LoadedConfig } from "./config.ts";
import { readDirectory } from "./directory.ts";
import { type Environment, readEnvironment } from "./environment.ts";
import { ConfigError } from "./error.ts";
import { type FlagTable, parseFlags, readFlags } from "./flags.ts";
import { foundText, type Layer, optionProblem, type Setting } from "./layer.ts";
import {
  isOptionName,
  OPTION_NAMES,
  OPTIONS,
  type OptionName,
  type OptionValues,
  optionOf,
} from "./options.ts";
import { supportWarnings } from "./support.ts";
import { readYamlFile } from "./yaml-file.ts";

/** Where a configuration is loaded from. */
export interface LoadSettings {
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
export function loadConfig({ argv, env = {}, root = "/", commandFlags = {} }: LoadSettings): LoadedConfig {
  const flags = readFlags<string>(argv, { ...OPTIONS, ...commandFlags });
  const environment = readEnvironment(env);
  const files = CONFIG_PATHS.map((path) =>
    path.endsWith(".yaml") ? readYamlFile(join(root, path)) : readDirectory(join(root, path)),
  );
  const configDir = firstSetting([flags, environment, ...files], "config-dir")?.text ?? "";
  const layers: Layer<string>[] = [flags, environment, ...files];
  if (configDir !== "") layers.splice(2, 0, readDirectory(configDir, { required: true }));

  const problems = layers.flatMap((layer) => layer.problems);
  const settings = new Map<OptionName, Setting>();
  for (const layer of layers) {
    for (const [name, setting] of layer.settings) {
      if (isOptionName(name) && !settings.has(name)) settings.set(name, setting);
    }
  }
  const ofCommand = parseFlags(flags.settings, commandFlags, problems);
  const values = parseValues(settings, problems);
  const config: LoadedConfig = {
    values,
    origin: (name) => settings.get(name)?.origin ?? "default",
    isSet: (name) => settings.has(name),
    warnings: [],
    commandFlags: new Set(Object.keys(commandFlags).filter((name) => ofCommand[name] === true)),
  };
  const checked = checkConfig(config);
  problems.push(...checked.problems);
  if (problems.length > 0) throw new ConfigError(problems);
  return { ...config, warnings: [...environment.warnings, ...supportWarnings(config), ...checked.warnings] };
}

function firstSetting(layers: readonly Layer<string>[], name: OptionName): Setting | undefined {
  return layers.find((layer) => layer.settings.has(name))?.settings.get(name);
}

/** The value of every option; one that is set to something invalid has its default and a problem. */
function parseValues(settings: ReadonlyMap<OptionName, Setting>, problems: string[]): OptionValues {
  const values: Record<string, unknown> = { ...defaultValues() };
  for (const [name, { text, origin }] of settings) {
    const option = optionOf(name);
    const result = v.safeParse(option.kind.schema, text);
    if (result.success) {
      values[name] = result.output;
    } else {
      const expected = result.issues[0].message;
      problems.push(optionProblem(name, { origin, found: foundText(option, text), expected }));
    }
  }
  return values as OptionValues;
}

let defaults: OptionValues | undefined;

/** The value that every option has when nothing is set. */
export function defaultValues(): OptionValues {
  if (defaults === undefined) {
    const parsed: Record<string, unknown> = {};
    for (const name of OPTION_NAMES) parsed[name] = optionOf(name).kind.parse(optionOf(name).default);
    defaults = parsed as OptionValues;
  }
  return defaults;
}
