/** @module The effective configuration as the rest of the agent sees it. */
import type { OptionRows, ValuesOf } from "./option.ts";

/** The options that one reader uses, their values and where they come from. */
export interface OptionView<R extends OptionRows = OptionRows> {
  /** Every option's value: durations in milliseconds, sizes in bytes. */
  readonly values: ValuesOf<R>;
  /** Where `name` was set: `flag --x`, `environment TETRAGON_X`, `file /path`, `file /path.yaml:3` or `default`. */
  origin(name: keyof R & string): string;
  /** Whether `name` was set anywhere, even to its default. */
  isSet(name: keyof R & string): boolean;
}

/** The effective configuration. */
export interface LoadedConfig<R extends OptionRows = OptionRows> extends OptionView<R> {
  /** To be logged, one line each. */
  readonly warnings: readonly string[];
  /** Which of `commandFlags` were given. */
  readonly commandFlags: ReadonlySet<string>;
}
