/** @module What of a new configuration a running agent takes over. */
import type { LoadedConfig } from "./config.ts";
import { OPTION_NAMES, type OptionName, type OptionValues, optionOf } from "./options.ts";

/** The outcome of reading the configuration again. */
export interface Reload {
  /** What is in effect from now on: new values of what can change, the old ones of everything else. */
  readonly config: LoadedConfig;
  /** Options whose new value is in effect. */
  readonly changed: readonly OptionName[];
  /** Options whose new value waits for a restart. */
  readonly needsRestart: readonly OptionName[];
}

/** Compares what `running` goes by with what was `loaded` just now. Only reloadable options take their new value. */
export function reloadConfig(running: LoadedConfig, loaded: LoadedConfig): Reload {
  const different = OPTION_NAMES.filter((name) => textOf(name, running) !== textOf(name, loaded));
  const changed = different.filter((name) => optionOf(name).reloadable);
  const needsRestart = different.filter((name) => !optionOf(name).reloadable);
  const values: Record<string, unknown> = { ...loaded.values };
  for (const name of needsRestart) values[name] = running.values[name];
  const sourceOf = (name: OptionName): LoadedConfig => (needsRestart.includes(name) ? running : loaded);
  const config: LoadedConfig = {
    values: values as OptionValues,
    origin: (name) => sourceOf(name).origin(name),
    isSet: (name) => sourceOf(name).isSet(name),
    warnings: loaded.warnings,
    commandFlags: running.commandFlags,
  };
  return { config, changed, needsRestart };
}

function textOf(name: OptionName, config: LoadedConfig): string {
  return optionOf(name).kind.format(config.values[name]);
}
