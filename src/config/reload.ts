/** @module Which parts of a new configuration a running agent takes over. */
import type { LoadedConfig } from "./config.ts";
import type { OptionRows, ValuesOf } from "./option.ts";
import type { OptionTable } from "./table.ts";

/** The outcome of reading the configuration again. */
export interface Reload<R extends OptionRows = OptionRows> {
  /** What is in effect from now on: new values of what can change, the old ones of everything else. */
  readonly config: LoadedConfig<R>;
  /** Options whose new value is in effect. */
  readonly changed: readonly string[];
  /** Options whose new value waits for a restart. */
  readonly needsRestart: readonly string[];
}

/** Compares what `running` uses with what was `loaded` just now. Only reloadable options take their new value. */
export function reloadConfig<R extends OptionRows>(
  table: OptionTable<R>,
  running: LoadedConfig<R>,
  loaded: LoadedConfig<R>,
): Reload<R> {
  const textOf = (name: keyof R & string, { values }: LoadedConfig<R>) =>
    table.row(name).kind.format(values[name]);
  const different = table.names.filter((name) => textOf(name, running) !== textOf(name, loaded));
  const changed = different.filter((name) => table.row(name).reloadable);
  const needsRestart = different.filter((name) => !table.row(name).reloadable);
  const values: Record<string, unknown> = { ...loaded.values };
  for (const name of needsRestart) values[name] = running.values[name];
  const sourceOf = (name: keyof R & string) => (needsRestart.includes(name) ? running : loaded);
  const config: LoadedConfig<R> = {
    values: values as ValuesOf<R>,
    origin: (name) => sourceOf(name).origin(name),
    isSet: (name) => sourceOf(name).isSet(name),
    warnings: loaded.warnings,
    commandFlags: running.commandFlags,
  };
  return { config, changed, needsRestart };
}
