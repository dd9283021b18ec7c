/** @module The effective configuration as the rest of the agent sees it. */
import type { OptionName, OptionValues } from "./options.ts";

/** The effective configuration. */
export interface LoadedConfig {
  /** Every option's value: durations in milliseconds, sizes in bytes. */
  readonly values: OptionValues;
  /** Where `name` was set: `flag --x`, `environment TETRAGON_X`, `file /path`, `file /path.yaml:3` or `default`. */
  origin(name: OptionName): string;
  /** Whether `name` was set anywhere, be it to its default. */
  isSet(name: OptionName): boolean;
  /** To be logged, one line each. */
  readonly warnings: readonly string[];
  /** Which of `commandFlags` were given. */
  readonly commandFlags: ReadonlySet<string>;
}
