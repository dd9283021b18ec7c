/** @module Which parts of a new configuration a running agent takes over. */
import type { LoadedConfig, OptionView } from "./config.ts";
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
  const origins = new Map(table.names.map((name) => [name, sourceOf(name).origin(name)]));
  const set = new Set(table.names.filter((name) => sourceOf(name).isSet(name)));
  const config: LoadedConfig<R> = {
    values: values as ValuesOf<R>,
    ...lookUps(origins, set),
    warnings: loaded.warnings,
    commandFlags: running.commandFlags,
  };
  return { config, changed, needsRestart };
}

/**
 * Answers from what was looked up. A function of its own, since closures keep all that the function around them has: a
 * configuration that knew the one before it would keep every one since the start in memory.
 */
function lookUps(
  origins: ReadonlyMap<string, string>,
  set: ReadonlySet<string>,
): Pick<OptionView, "origin" | "isSet"> {
  return { origin: (name) => origins.get(name) ?? "default", isSet: (name) => set.has(name) };
}
