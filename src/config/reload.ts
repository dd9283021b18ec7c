/** @module What of a new configuration a running agent takes over. */
import type { LoadedConfig } from "./config.ts";
import { type LoadSettings, loadConfig } from "./load.ts";
import { OPTION_NAMES, type OptionName, type OptionValues, optionOf } from "./options.ts";

/** The outcome of reading the configuration again. */
export interface Reload {
  /** What is in effect from now on: new values of what can change, the old ones of everything else. */
  readonly config: LoadedConfig;
  /** Options whose new value is in effect. */
  readonly applied: readonly OptionName[];
  /** Options whose new value waits for a restart. */
  readonly needRestart: readonly OptionName[];
}

/**
 * Loads the configuration again, from the places that `running` came from, and says what changed.
 * @throws ConfigError when the new configuration is not valid; the agent then goes on with `running`.
 */
export function reloadConfig(running: LoadedConfig, settings: LoadSettings): Reload {
  const loaded = loadConfig(settings);
  const changed = OPTION_NAMES.filter((name) => textOf(name, running) !== textOf(name, loaded));
  const applied = changed.filter((name) => optionOf(name).reloadable);
  const needRestart = changed.filter((name) => !optionOf(name).reloadable);
  const keptFrom = (name: OptionName): LoadedConfig => (needRestart.includes(name) ? running : loaded);
  const values: Record<string, unknown> = { ...loaded.values };
  for (const name of needRestart) values[name] = running.values[name];
  const config: LoadedConfig = {
    values: values as OptionValues,
    origin: (name) => keptFrom(name).origin(name),
    isSet: (name) => keptFrom(name).isSet(name),
    warnings: loaded.warnings,
    commandFlags: running.commandFlags,
  };
  return { config, applied, needRestart };
}

function textOf(name: OptionName, config: LoadedConfig): string {
  return optionOf(name).kind.format(config.values[name]);
}
